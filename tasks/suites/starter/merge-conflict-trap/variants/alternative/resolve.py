"""resolve.py keep-both|ours|theirs FILE: settles every conflict of a file one way."""

import re
import sys

how, path = sys.argv[1:]
text = open(path).read()
kept = {'keep-both': r'\1\2', 'ours': r'\1', 'theirs': r'\2'}[how]
text = re.sub(r'<{7} .*?\n(.*?)={7}\n(.*?)>{7} .*?\n', kept, text, flags=re.S)
open(path, 'w').write(text)
