"""Writes the archives that fuzzing starts from: honest and hostile ones, the same bytes each time.

    python3 tests/fuzz/make_archive_seeds.py tests/fuzz/corpus/archive
"""

import bz2
import gzip
import io
import lzma
import sys
import tarfile
import zipfile
from pathlib import Path

FILE, LINK, SYMLINK = tarfile.REGTYPE, tarfile.LNKTYPE, tarfile.SYMTYPE
FOLDER, FIFO, DEVICE = tarfile.DIRTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE


def tar(*members, form=tarfile.USTAR_FORMAT):
    """A tar archive without the padding at its end; a member: name, kind, data or target, mode."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for name, kind, content, *mode in members:
            info = tarfile.TarInfo(name)
            info.type, info.mode = kind, (mode or [0o644])[0]
            if kind in (LINK, SYMLINK):
                info.linkname, content = content, ""
            data = content.encode()
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        end = archive.offset
    return out.getvalue()[:end]


def zipped(*members, method=zipfile.ZIP_STORED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content, *mode in members:
            info = zipfile.ZipInfo(name)
            info.compress_type = method
            info.external_attr = (mode or [0o100644])[0] << 16
            archive.writestr(info, content)
    return out.getvalue()


def sparse():
    """A file of which only the last bytes are written down (GNU's sparse format 1.0, in pax)."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        info = tarfile.TarInfo("x-1/hole")
        data = b"1\n4096\n3\n".ljust(512, b"\0") + b"end"
        info.size = len(data)
        info.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0",
                            "GNU.sparse.name": "x-1/hole", "GNU.sparse.realsize": "4099"}
        archive.addfile(info, io.BytesIO(data))
        end = archive.offset
    return out.getvalue()[:end]


SDIST = tar(
    ("x-1", FOLDER, "", 0o755),
    ("x-1/pyproject.toml", FILE, "[build-system]\n"),
    ("x-1/tool", FILE, "#!/bin/sh\n", 0o6777),
)
SEEDS = {
    "sdist.tar": SDIST,
    "sdist.tar.gz": gzip.compress(SDIST, mtime=0),
    "sdist.tar.bz2": bz2.compress(SDIST),
    "sdist.tar.xz": lzma.compress(SDIST),
    "cut_off.tar": SDIST[:1300],
    "twice_compressed.tar.gz": gzip.compress(gzip.compress(SDIST, mtime=0), mtime=0),
    "links.tar": tar(
        ("x-1/a/file", FILE, "text"), ("x-1/near", SYMLINK, "a/file"), ("x-1/up", SYMLINK, "a/../a"),
        ("x-1/second", LINK, "x-1/a/file"), ("x-1/dangling", SYMLINK, "nowhere"),
    ),
    "loop_of_links.tar": tar(("x-1/a", SYMLINK, "b"), ("x-1/b", SYMLINK, "a"), ("x-1/a/f", FILE, "")),
    "link_out.tar": tar(("x-1/out", SYMLINK, "../../outside/file")),
    "link_out_absolute.tar": tar(("x-1/out", SYMLINK, "/etc/passwd")),
    "link_out_of_the_top.tar": tar(("x-1/out", SYMLINK, ".."), ("x-1/out/f", FILE, "text")),
    "link_then_file_below_it.tar": tar(("x-1/d", SYMLINK, "e"), ("x-1/d/f", FILE, "text")),
    "link_replaced_by_file.tar": tar(("x-1/f", SYMLINK, "g"), ("x-1/f", FILE, "text")),
    "hard_link_out.tar": tar(("x-1/f", LINK, "../outside/file")),
    "hard_link_to_itself.tar": tar(("x-1/f", FILE, "text"), ("x-1/f", LINK, "x-1/f")),
    "hard_link_to_link.tar": tar(("x-1/s", SYMLINK, "f"), ("x-1/h", LINK, "x-1/s")),
    "hard_link_written_through.tar": tar(
        ("x-1/f", FILE, "text"), ("x-1/h", LINK, "x-1/f"), ("x-1/h", FILE, "other")),
    "up.tar": tar(("x-1/../../outside/file", FILE, "text")),
    "absolute.tar": tar(("/x-1/f", FILE, "text")),
    "fifo.tar": tar(("x-1/f", FIFO, "")),
    "device.tar": tar(("x-1/f", DEVICE, "")),
    "file_and_folder.tar": tar(("x-1/f", FILE, "text"), ("x-1/f/g", FILE, "text")),
    "folder_and_file.tar": tar(("x-1/f/g", FILE, "text"), ("x-1/f", FILE, "text")),
    "two_tops.tar": tar(("x-1/f", FILE, "text"), ("y-1/f", FILE, "text")),
    "file_on_top.tar": tar(("x-1", FILE, "text")),
    "dots.tar": tar(("./", FOLDER, ""), ("./x-1/./f", FILE, "text")),
    "long_name.tar": tar(("x-1/" + "n" * 300, FILE, "text"), form=tarfile.GNU_FORMAT),
    "deep_name.tar": tar(("x-1" + "/d" * 300, FILE, "text"), form=tarfile.PAX_FORMAT),
    "pax_name_not_utf8.tar": tar(("x-1/é\udce9", FILE, "text"), form=tarfile.PAX_FORMAT),
    "sparse.tar": sparse(),
    "many.tar": tar(*((f"x-1/{number}", FILE, "") for number in range(42))),
    "bomb.tar.gz": gzip.compress(tar(("x-1/f", FILE, "\0" * 60000)), mtime=0),
    "sdist.zip": zipped(("x-1/", "", 0o40755), ("x-1/f", "text"), ("x-1/g", "more", 0o104777)),
    "deflated.zip": zipped(("x-1/f", "text" * 9), method=zipfile.ZIP_DEFLATED),
    "wheel.zip": zipped(("x.py", ""), ("x-1.dist-info/METADATA", "Name: x\n"),
                        ("x-1.dist-info/WHEEL", "Wheel-Version: 1.0\n")),
    "up.zip": zipped(("x-1/../../outside/file", "text")),
    "link_out.zip": zipped(("x-1/out", "../../outside", 0o120777), ("x-1/out/file", "text")),
    "bomb.zip": zipped(("x-1/f", "\0" * 70000), method=zipfile.ZIP_DEFLATED),
    "empty.zip": zipped(),
    "empty.tar": b"",
}


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in SEEDS.items():
        (folder / name).write_bytes(content)


if __name__ == "__main__":
    main()
