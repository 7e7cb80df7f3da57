"""Where settings come from. See docs/conventions.md."""

import configparser
import os

from trail.errors import UsageError

FILES = ('.trail.ini', '~/.config/trail.ini')


class Setting:
    """A setting of a command: how it is called, what it means, and how its text is read.

    `read` takes the text and gives the value, or raises ValueError; `wanted` says what it wants.
    """

    def __init__(self, name, default, help, read=str, wanted='a text', metavar=None):
        self.name, self.default, self.help = name, default, help
        self.read, self.wanted, self.metavar = read, wanted, metavar

    @property
    def key(self):
        return self.name.replace('-', '_')

    def find(self, command, flag, files):
        """The value for this run, from the strongest source that has one."""
        text, source = self.strongest(command, flag, files)
        try:
            return self.read(text)
        except ValueError:
            raise UsageError(f'{self.name}: {text!r} is not {self.wanted} ({source})') from None

    def strongest(self, command, flag, files):
        if flag is not None:
            return flag, f'--{self.name}'
        variable = f'TRAIL_{command}_{self.key}'.upper()
        if variable in os.environ:
            return os.environ[variable], variable
        for name, file in files:
            if file.has_option(command, self.key):
                return file.get(command, self.key), name
        return self.default, 'default'


def positive(text):
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def one_of(*choices):
    def read(text):
        if text not in choices:
            raise ValueError(text)
        return text
    return read


def load_files():
    """The settings files there are, strongest first, as (name, parser)."""
    found = []
    for name in FILES:
        path = os.path.expanduser(name)
        if os.path.exists(path):
            file = configparser.ConfigParser(interpolation=None)
            try:
                file.read(path, encoding='utf-8')
            except (OSError, configparser.Error) as error:
                raise UsageError(f'{name}: {error}') from None
            found.append((name, file))
    return found
