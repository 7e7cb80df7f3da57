"""The commands there are. Each is a module with SUMMARY, EXAMPLE, SETTINGS and run(reader, rows, **settings)."""

from trail.commands import count, show, top

COMMANDS = {'count': count, 'show': show, 'top': top}
