# Whether what this process has imported still is what a new one would import.

SITE_FOLDERS = "site-packages", "dist-packages"
names_of_module = type(sys).__dict__["__dict__"].__get__  # whatever its class makes of __dict__
LOCAL = "bcachefs btrfs erofs ext2 ext3 ext4 f2fs jfs overlay ramfs squashfs tmpfs xfs zfs".split()


def import_folders():
    """Those on sys.path: what is no str there Python passes over."""
    return [folder for folder in list(sys.path) if isinstance(folder, str)]


def file_of(module):
    """Where its code comes from, without waking a module that is lazy, or stands for another; None
    where it does not say itself."""
    try:
        path = names_of_module(module).get("__file__")
    except TypeError:  # sys.modules may have anything
        return None
    return path if type(path) is str else None


def is_of_the_standard_library(path):
    library = os.path.join(os.path.dirname(os.__file__), "")
    return path.startswith(library) and not path[len(library) :].startswith(SITE_FOLDERS)


def appearance(path):
    """What changes when somebody writes to a file, or puts another in its place."""
    try:
        found = stat(path)
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def device_of(path):
    """The number of the one that the absolute `path` is on, or would be."""
    try:
        return stat(path).st_dev
    except (OSError, ValueError):
        above = os.path.dirname(path)
        return None if above == path else device_of(above)


def local_devices():
    """The numbers of those that have their data here."""
    found = set()
    try:
        with open("/proc/self/mountinfo", "rb") as file:
            for line in file.read().splitlines():
                before, _, after = line.partition(b" - ")
                if after.split()[0].decode() in LOCAL:
                    major, minor = before.split()[2].split(b":")
                    found.add(os.makedev(int(major), int(minor)))
    except (OSError, ValueError, IndexError):
        pass
    return found


def content(folder):
    """The names in it that an import may find."""
    try:
        return set(os.listdir(folder)) - {"__pycache__"}
    except (OSError, ValueError):
        return None


def start_files():
    """What an interpreter reads at its start, beside the modules: those that settle its sys.path,
    and the folders that would be on it if they were there."""
    yield os.path.join(sys.prefix, "pyvenv.cfg")
    site = sys.modules.get("site")
    folders = import_folders()
    if getattr(site, "ENABLE_USER_SITE", False) and site.USER_SITE not in folders:
        yield site.USER_SITE
    for folder in folders:
        for name in sorted(content(folder) or ()) if folder.endswith(SITE_FOLDERS) else ():
            if name.endswith(".pth"):
                yield os.path.join(folder, name)
                yield from missing_folders(folder, name)


def missing_folders(folder, name):
    """What the .pth file `name` in `folder` wants to be on sys.path, and is not there."""
    try:
        with open(os.path.join(folder, name), encoding="utf-8", errors="surrogateescape") as file:
            lines = file.read().splitlines()
    except OSError:
        return
    for line in lines:
        place = os.path.join(folder, line.rstrip())
        if line.strip() and not line.startswith(("#", "import ", "import\t")):
            if "\0" not in place and not os.path.lexists(place):
                yield place


class Freshness:
    """What the files of the modules, and the folders of sys.path, looked like when they were
    imported. The standard library stays as it is; and what a hook may write into its source tree is
    none of ours."""

    def __init__(self):
        self.files = {}
        self.folders = {}
        for folder in filter(self._is_watched, import_folders()):
            self.folders[folder] = appearance(folder), content(folder)
        for path in start_files():
            self.files[path] = appearance(path)
        self.remember_modules()

    @staticmethod
    def _is_watched(folder):
        if not os.path.isabs(folder) or is_of_the_standard_library(os.path.join(folder, "")):
            return False
        try:
            here = os.path.join(os.getcwd(), "")
        except OSError:  # somebody has removed it
            return True
        if here == os.path.join(os.path.sep, ""):  # that is no source tree
            return True
        inside = folder.startswith(here) and os.path.basename(folder) not in SITE_FOLDERS
        return not inside and not here.startswith(os.path.join(folder, ""))

    def remember_modules(self):
        """Looks at the files of those modules that are new; false: there are none."""
        known = len(self.files)
        for module in list(sys.modules.values()):
            path = file_of(module)
            if path is not None and path not in self.files:
                if os.path.isabs(path) and not is_of_the_standard_library(path):
                    self.files[path] = appearance(path)
        return len(self.files) > known

    def appearances(self):
        """All of it, for the host; None where a look may take long, as it does over a network."""
        folders = {folder: before for folder, (before, _) in self.folders.items()}
        local = local_devices()
        told = []
        for path, seen in {**self.files, **folders}.items():
            if device_of(path) not in local:
                return None
            if seen is None:
                told.append([path])
            else:
                mtime, size, inode = seen
                told.append([path, *divmod(mtime, 10**9), size, inode])
        return told

    def is_lost(self):
        for path, before in self.files.items():
            if appearance(path) != before:
                return True
        for folder, (before, names) in self.folders.items():
            now = appearance(folder)
            if now == before:
                continue
            if content(folder) != names:
                return True
            self.folders[folder] = now, names  # such as a __pycache__
        return False
