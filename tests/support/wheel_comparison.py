"""Two wheels beside each other: in what they differ, member by member and METADATA line by line."""

import base64
import difflib
import hashlib
import zipfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Difference:
    """`what` is name, members, METADATA, RECORD, content, mode, date, compression or order."""

    what: str
    member: str
    detail: str = ""

    def __str__(self):
        return f"{self.what} of {self.member}" + (f": {self.detail}" if self.detail else "")


def differences(theirs, ours):
    """Of two wheels, given as paths. None: each says of every file what the other one says."""
    theirs, ours = Path(theirs), Path(ours)
    if theirs.name != ours.name:
        return [Difference("name", theirs.name, f"it is {ours.name} here")]
    with zipfile.ZipFile(theirs) as left, zipfile.ZipFile(ours) as right:
        lefts, rights = ({entry.filename: entry for entry in archive.infolist()}
                         for archive in (left, right))
        found = [Difference("members", name, "only theirs has it")
                 for name in lefts if name not in rights]
        found += [Difference("members", name, "only ours has it")
                  for name in rights if name not in lefts]
        both = [name for name in lefts if name in rights]
        for name in both:
            if not is_own(name, "RECORD"):
                found += in_content(name, left.read(name), right.read(name))
        for name in both:
            if is_own(name, "RECORD"):
                found += in_record(name, left.read(name), right.read(name), left, right)
            found += in_entry(lefts[name], rights[name])
        if not found and list(lefts) != list(rights):
            found.append(Difference("order", theirs.name, "the members come in another order"))
    return found


def is_own(member, name):
    """Whether it is that file of the wheel's metadata; others' may be vendored below."""
    return member.endswith(f".dist-info/{name}") and member.count("/") == 1


def in_content(name, theirs, ours):
    if theirs == ours:
        return []
    if not is_own(name, "METADATA"):
        return [Difference("content", name, f"{len(theirs)} bytes, {len(ours)} here")]
    return [Difference("METADATA", name, line)
            for line in difflib.ndiff(*(data.decode("utf-8", "replace").splitlines()
                                        for data in (theirs, ours)))
            if line[:2] in ("- ", "+ ")]


def in_record(name, theirs, ours, left, right):
    """Only what does not follow from differences of the members themselves."""
    def rows(data, archive):
        present = set(archive.namelist())
        for row in data.decode("utf-8", "replace").splitlines():
            member, _, digest = row.rpartition(",")[0].rpartition(",")
            if digest and member in present and digest == digest_of(archive.read(member)):
                row = member  # true, whatever the other one has there
            yield row
    found = sorted(set(rows(theirs, left)) ^ set(rows(ours, right)))
    # A member that only one has was told already.
    one_sided = set(left.namelist()) ^ set(right.namelist())
    return [Difference("RECORD", name, row) for row in found if row not in one_sided]


def digest_of(data):
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
    return f"sha256={digest}"


def in_entry(theirs, ours):
    found = []
    if theirs.external_attr != ours.external_attr:
        found.append(Difference("mode", theirs.filename, f"{theirs.external_attr >> 16:o}, "
                                                         f"{ours.external_attr >> 16:o} here"))
    if theirs.date_time != ours.date_time:
        found.append(Difference("date", theirs.filename, f"{theirs.date_time}, "
                                                         f"{ours.date_time} here"))
    if theirs.compress_type != ours.compress_type:
        found.append(Difference("compression", theirs.filename))
    return found
