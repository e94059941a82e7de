# The variables of the environment: what the interpreter and the import of the backend have made of
# them, and read of them, before a command brings its own.

SEEN_TO = "HOME", "PYTHONUSERBASE"  # by change_environment, of what the standard library makes of it


class NotedReads:
    """A list `names`, to which each variable of the environment is added that is looked at, until
    `end`."""

    def __init__(self):
        self.names = names = []
        self._environment = os.environ  # or the backend may put another in its place
        self._ordinary = ordinary = type(os.environ)

        def note_and_look(self, name):
            names.append(name)
            return ordinary.__getitem__(self, name)

        os.environ.__class__ = type("Environment", (ordinary,), {"__getitem__": note_and_look})

    def end(self):
        self._environment.__class__ = self._ordinary


class Inheritance:
    """What a hook would find if its own interpreter had been started with the variables that its
    command brings. `made` are those that differ from what the host has `given`: Python sets
    LC_CTYPE, a .pth file what it likes. `decisive` are these and the ones that the import of the
    backend has `read`, as they were given: with others, another state would have come of it."""

    def __init__(self, given, read):
        now = dict(os.environ)
        names = now.keys() | given.keys()
        self.made = {name: now.get(name) for name in names if now.get(name) != given.get(name)}
        read = [name for name in read if type(name) is str and name not in SEEN_TO]
        self.decisive = {name: given.get(name) for name in (*read, *self.made)}

    def lacks(self, wanted):
        """The names of the variables with which, as `wanted` has them, another state would have
        come of the start."""
        return [name for name, value in self.decisive.items() if wanted.get(name) != value]

    def bestow(self, wanted):
        """Adds to `wanted` what an interpreter and the backend do."""
        for name, value in self.made.items():
            if value is None:
                wanted.pop(name, None)
            else:
                wanted[name] = value
