"""Distributions in a folder, for installers that may not use a network.

    wheels = LocalWheels(folder)
    wheels.add_backend("1.0")
    self.axle("build", env=wheels.variables())
"""

import io
import os
import shutil
import tarfile
import textwrap
import zipfile
from pathlib import Path

from projects import BACKEND

# A project that is built with what `LocalWheels.add_backend` has made.
PYPROJECT = """\
[build-system]
requires = ["tiny-backend"]
build-backend = "tiny_backend"

[project]
name = "demo"
version = "1.0"
"""


def find_uv():
    """A uv that the tests may use; None if there is none."""
    venv = os.environ.get("AXLE_TEST_VENV")
    beside = venv and shutil.which("uv", path=f"{venv}/bin")
    return beside or os.environ.get("UV") or shutil.which("uv")


class LocalWheels:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir()

    def variables(self):
        """With these, pip and uv know of nothing else."""
        variables = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.folder), "UV_OFFLINE": "1",
                     "UV_FIND_LINKS": str(self.folder)}
        uv = find_uv()
        return {**variables, "UV": uv} if uv else variables

    def add_backend(self, version, name="tiny_backend"):
        """A wheel of the build backend `tiny_backend`, distributed as `name`."""
        info = f"{name}-{version}.dist-info"
        files = {
            "tiny_backend.py": BACKEND,
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
            f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        }
        files[f"{info}/RECORD"] = "".join(f"{name},,\n" for name in [*files, f"{info}/RECORD"])
        with zipfile.ZipFile(self.folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
            for name, text in files.items():
                wheel.writestr(name, text)

    def add_sdist(self, name, build):
        """An sdist whose wheel is built by what `build` says, Python in front of a real hook."""
        pyproject = ('[build-system]\nrequires = []\nbuild-backend = "own"\nbackend-path = ["."]\n'
                     f'[project]\nname = "{name}"\nversion = "1.0"\n')
        hook = (BACKEND.replace('"demo"', f'"{name}"') + textwrap.dedent(build) +
                "\n\ndef build_wheel(wheel_directory, *_, **__):\n"
                "    before()\n    return write_wheel(wheel_directory, {})\n")
        with tarfile.open(self.folder / f"{name}-1.0.tar.gz", "w:gz") as sdist:
            info = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
            for path, text in (("pyproject.toml", pyproject), ("own.py", hook), ("PKG-INFO", info)):
                member = tarfile.TarInfo(f"{name}-1.0/{path}")
                member.size = len(text.encode())
                sdist.addfile(member, io.BytesIO(text.encode()))
