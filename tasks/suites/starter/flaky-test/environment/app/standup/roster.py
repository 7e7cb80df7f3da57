class Roster:
    """Knows people by their other names."""

    aliases = {}

    def add(self, alias, name):
        self.aliases[alias] = name

    def resolve(self, name):
        seen = set()
        while name in self.aliases and name not in seen:
            seen.add(name)
            name = self.aliases[name]
        return name
