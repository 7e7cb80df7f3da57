class UsageError(Exception):
    """Asked for wrongly: exit code 2."""


class InputError(Exception):
    """The input is missing, unreadable or wrong: exit code 3."""
