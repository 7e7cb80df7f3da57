"""Several series side by side."""

from itertools import groupby


class Diary:
    def __init__(self):
        self._series = []

    def add(self, title, series):
        self._series.append((title, series))
        return self

    def agenda(self, first, last):
        """One (day, title) for each occurrence in an inclusive window, sorted."""
        return sorted(
            (day, title) for title, series in self._series for day in series.between(first, last)
        )

    def clashes(self, first, last):
        """The days in the window that carry more than one title: {day: [title, ...]}."""
        days = groupby(self.agenda(first, last), key=lambda line: line[0])
        titles = {day: [title for _, title in lines] for day, lines in days}
        return {day: names for day, names in titles.items() if len(names) > 1}

    def next_after(self, day):
        """(day, [title, ...]) of what comes next strictly after a day, or None."""
        coming = [(series.next_after(day), title) for title, series in self._series]
        coming = sorted((found, title) for found, title in coming if found is not None)
        if not coming:
            return None
        return coming[0][0], [title for found, title in coming if found == coming[0][0]]
