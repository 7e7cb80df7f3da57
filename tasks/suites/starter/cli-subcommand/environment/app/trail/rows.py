"""Prints rows, as text or as JSON lines."""

import json
import sys


class Rows:
    def __init__(self, as_json):
        self.as_json, self.printed = as_json, 0

    def write(self, row):
        """A row, as values by column name in the order of columns."""
        if self.as_json:
            line = json.dumps(row, ensure_ascii=False)
        else:
            line = '\t'.join(str(value) for value in row.values())
        sys.stdout.write(line + '\n')
        self.printed += 1
