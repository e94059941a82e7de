"""What a build is worth: the artifacts that are there, and what is in them."""

import re
import tarfile
import zipfile

from measure import Failed


def contents(folder):
    """The sorted names of the files in each artifact of `folder`, by its kind; Failed where an
    artifact is not whole. What only says which tool made it counts for nothing."""
    found = {}
    for path in sorted(folder.iterdir()):
        if path.suffix == ".whl":
            with zipfile.ZipFile(path) as wheel:
                if wheel.testzip():
                    raise Failed(f"{path.name} is damaged")
                found["wheel"] = sorted(name for name in wheel.namelist() if name[-1] != "/")
        elif path.name.endswith(".tar.gz"):
            with tarfile.open(path) as sdist:
                found["sdist"] = sorted(member.name for member in sdist if member.isfile())
        elif not re.match(r"\.(gitignore|axle-)", path.name):
            raise Failed(f"{path.name} is no artifact")
    return found


class SameArtifacts:
    """Holds all builds of a project to the files that the first one has made."""

    def __init__(self):
        self.expected = {}

    def check(self, folder, kinds):
        found = contents(folder)
        if sorted(found) != sorted(kinds):
            raise Failed(f"made {sorted(found) or 'nothing'}, not {sorted(kinds)}")
        for kind, names in found.items():
            expected = self.expected.setdefault(kind, names)
            if names != expected:
                difference = sorted(set(names) ^ set(expected))[:4]
                raise Failed(f"the {kind} differs from that of others: {difference}")
