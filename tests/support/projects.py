"""Tiny Python projects, made in a temporary folder, whose build backend is their own.

    with TinyProject(RAISING) as project: ...

The backend `tiny_backend` makes real sdists and wheels with the standard library alone and requires
nothing, so that an isolated build needs no network. What the project is made with is Python source
that comes after it and may replace any of its functions.
"""

import tempfile
import textwrap
from pathlib import Path

# Hooks, for a project that also has those of Started.hooks().
WAITING = """
    import threading

    def build_wheel(*_, **__):
        tell()
        threading.Event().wait()
"""

# Ends when somebody writes to the FIFO `go-on` of the project.
HELD_UP = """
    real_build_wheel = build_wheel

    def build_wheel(wheel_directory, *_, **__):
        tell()
        with open("go-on") as fifo:
            fifo.read(1)
        return real_build_wheel(wheel_directory)
"""

BACKEND = '''
import base64
import hashlib
import io
import os
import tarfile
import zipfile
from pathlib import Path

NAME, VERSION = "demo", "1.0"
METADATA = f"Metadata-Version: 2.1\\nName: {NAME}\\nVersion: {VERSION}\\nSummary: A demo\\n"
DIST_INFO = f"{NAME}-{VERSION}.dist-info"
WHEEL = "Wheel-Version: 1.0\\nGenerator: tiny\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"


def write_wheel(directory, files):
    name = f"{NAME}-{VERSION}-py3-none-any.whl"
    files = {**files, f"{DIST_INFO}/METADATA": METADATA, f"{DIST_INFO}/WHEEL": WHEEL}
    record = ""
    with zipfile.ZipFile(os.path.join(directory, name), "w") as wheel:
        for path, text in files.items():
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())
            record += f"{path},sha256={digest.decode().rstrip('=')},{len(text.encode())}\\n"
            wheel.writestr(path, text)
        wheel.writestr(f"{DIST_INFO}/RECORD", record + f"{DIST_INFO}/RECORD,,\\n")
    return name


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    return write_wheel(wheel_directory, {"demo.py": Path("demo.py").read_text()})


def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    return write_wheel(wheel_directory, {"demo.pth": os.getcwd() + "\\n"})


def build_sdist(sdist_directory, config_settings=None):
    name = f"{NAME}-{VERSION}"
    with tarfile.open(os.path.join(sdist_directory, name + ".tar.gz"), "w:gz") as sdist:
        for path in sorted(Path().glob("*.py")) + [Path("pyproject.toml")]:
            sdist.add(path, f"{name}/{path}")
        info = tarfile.TarInfo(f"{name}/PKG-INFO")
        info.size = len(METADATA)
        sdist.addfile(info, io.BytesIO(METADATA.encode()))
    return name + ".tar.gz"
'''

PYPROJECT = """\
[build-system]
requires = []
build-backend = "tiny_backend"
backend-path = ["."]

[project]
name = "demo"
version = "1.0"
"""


class TinyProject:
    """A source tree in a folder of its own, removed at the end of the `with`."""

    sdist = "demo-1.0.tar.gz"
    wheel = "demo-1.0-py3-none-any.whl"

    def __init__(self, *hooks, pyproject=PYPROJECT):
        self._folder = tempfile.TemporaryDirectory(prefix="axle-project-")
        self.root = Path(self._folder.name).resolve() / "demo"
        self.root.mkdir()
        self.write("demo.py", "answer = 42\n")
        self.write("tiny_backend.py", BACKEND + "".join(map(textwrap.dedent, hooks)))
        self.write("pyproject.toml", pyproject)

    def write(self, name, text):
        (self.root / name).write_text(text, encoding="utf-8")

    def built(self):
        """The names in dist/, sorted."""
        dist = self.root / "dist"
        return sorted(path.name for path in dist.iterdir()) if dist.is_dir() else []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._folder.cleanup()
