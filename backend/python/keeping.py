# What one interpreter leaves for the next, in a folder of the user's: it may be lost at any time.

MOST_KEPT = 200  # files
NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW


def keep(path, data):
    """Writes `data` to the file `path`, whole or not at all, and bounds how many there are."""
    new = f"{path}.{getpid()}"
    try:
        fd = open_fd(new, NEW_FILE, 0o600)
        try:
            whole = write(fd, data) == len(data)
        finally:
            close(fd)
        os.rename(new, path) if whole else os.unlink(new)
        folder = os.path.dirname(path)
        with os.scandir(folder) as entries:
            ages = [(one.stat(follow_symlinks=False).st_mtime, one.path) for one in entries]
        for _, old in sorted(ages)[:-MOST_KEPT]:
            os.unlink(old)
    except OSError:
        pass  # the next one does without


def keep_code(path, code):
    """The program, as boot.py finds it."""
    data = __import__("marshal").dumps(code)
    keep(path, __import__("_imp").source_hash(0, data) + data)


class KeptLesson:
    """What training has taught an interpreter, for the next one that would learn the same: of the
    same environment, for the same build backend. It counts only as long as the folders and files
    that it was learnt from look the same."""

    def __init__(self, kept, backend):
        variables = {k: v for k, v in os.environ.items() if k.startswith(SETTLED_VARIABLES)}
        folders = [(folder, appearance(folder)) for folder in import_folders()]
        about = [sys.version, sys.prefix, backend.module, backend.object_path, folders, variables]
        text = json.dumps(about, sort_keys=True)
        self.about = json.loads(text)  # as it comes out of the file
        self.left = None  # steps that are not taken yet, where it is known
        name = __import__("_imp").source_hash(0, text.encode())
        self.path = f"{kept}-lesson-{name.hex()}"

    def take(self):
        """Takes those of its steps, if it is known, that more than one hook of every build takes
        without it. What only some builds need, or one hook, is left for when nobody waits."""
        found = self._recall()
        if found is not None:
            steps, shared = found
            self.left = [step for step in steps[:shared] if step[0] == "warm"] + steps[shared:]
            for step in steps[:shared]:
                if step[0] != "warm":
                    attempt(lambda: take_step(*step))

    def take_more(self, channel):
        """Takes what is left, until `channel` has a message; whether there was something."""
        took = bool(self.left)
        while self.left and not channel.has_message():
            step = self.left.pop(0)
            attempt(lambda: take_step(*step))
        return took

    def _recall(self):
        """The steps, and how many of them are shared; None where they are not known."""
        try:
            fd = open_fd(self.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
            try:
                found = json.loads(os.read(fd, LONGEST_LESSON))
            finally:
                close(fd)
            if found["about"] != self.about:
                return None
            if any(appearance(path) != tuple(looks) for path, looks in found["files"]):
                return None
            return [tuple(step) for step in found["steps"]], int(found["shared"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def keep(self, steps, shared):
        """Keeps `steps`, which have been taken; the first `shared` of them are shared."""
        names = [step[1] for step in steps if step[0] == "import"]
        paths = {file_of(sys.modules.get(name)) for name in names} - {None}
        files = [(path, appearance(path)) for path in paths]
        told = {"about": self.about, "files": files, "steps": steps, "shared": shared}
        keep(self.path, json.dumps(told).encode())
