# What distributions say that they provide. setuptools asks all of them, dozens of times in each hook,
# and where there are many most of its time goes into reading the same files again.


SETTLED = 2_000_000_000  # nanoseconds: two changes within one tick of a file system look like one


class EntryPointsMemory:
    """PathDistribution.entry_points, which reads a file only if it does not look as it did when it
    was read last. What hooks get is what they would have got, and theirs to change."""

    def __init__(self, metadata):
        self.distribution = metadata.Distribution
        self.original = metadata.Distribution.entry_points
        self.ordinary_types = metadata.PathDistribution, type(metadata.pathlib.Path())
        self.known = {}  # by the path of the file: how that looked, and what was in it
        metadata.PathDistribution.entry_points = property(self.of)

    def of(self, asked):
        now = self.distribution.entry_points
        folder = getattr(asked, "_path", None)
        if now is not self.original or (type(asked), type(folder)) != self.ordinary_types:
            # Somebody else has changed it, or it is one of an archive, or of somebody else's making.
            return now.__get__(asked)
        path = f"{folder}/entry_points.txt"
        seen = exact_appearance(path)
        before, found = self.known.get(path, (None, None))
        if found is None or before != seen:
            found = now.__get__(asked)
            if seen is None or time_ns() - seen[0] > SETTLED:
                self.known[path] = seen, found
        return type(found)(anew(point, asked) for point in found)


def exact_appearance(path):
    """What changes with whatever is done to the file; None where there is none."""
    try:
        found = stat(path)
    except (OSError, ValueError):
        return None
    return found.st_ctime_ns, found.st_mtime_ns, found.st_size, found.st_ino


def anew(point, distribution):
    """The same entry point once more, as one of `distribution`, where Python tells whose it is."""
    made = type(point)(point.name, point.value, point.group)
    return made._for(distribution) if hasattr(made, "_for") else made


def remember_entry_points():
    """From now on in this process and its children, if something has imported the module that
    knows of them."""
    metadata = sys.modules.get("importlib.metadata")
    if metadata is not None and "entry_points" not in vars(metadata.PathDistribution):
        EntryPointsMemory(metadata)


def read_entry_points():
    """Those of the distributions on sys.path, so that the children need not."""
    metadata = sys.modules.get("importlib.metadata")
    if metadata is not None:
        for distribution in metadata.MetadataPathFinder.find_distributions():
            attempt(lambda: distribution.entry_points)
