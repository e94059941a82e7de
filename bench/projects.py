"""The projects that are built: made here, or real sdists of the package index."""

import shutil
import tarfile
from dataclasses import dataclass
from pathlib import Path

import peers

BACKENDS = {
    "setuptools": ("setuptools", "setuptools.build_meta"),
    "hatchling": ("hatchling", "hatchling.build"),
    "flit": ("flit_core", "flit_core.buildapi"),
    "poetry": ("poetry-core", "poetry.core.masonry.api"),
}
MODULE_BYTES = 3500


@dataclass(frozen=True)
class Project:
    name: str
    root: Path  # never built in itself
    backend: str  # the module of its backend

    def copy(self, where):
        """A fresh copy of the tree, so that no build finds what another one left."""
        shutil.rmtree(where, ignore_errors=True)
        shutil.copytree(self.root, where)
        return where


def module_text(number):
    lines = [f'"""Module {number} of a project that is built for measuring."""\n\n']
    size, function = len(lines[0]), 0
    while size < MODULE_BYTES:
        line = f"def function_{function}(value):\n    return value * {function} + {number}\n\n\n"
        lines.append(line)
        size += len(line)
        function += 1
    return "".join(lines)


def generated(folder, kind, modules, name=None):
    """A package of `modules` modules for the backend `kind`."""
    name = name or f"bench_{kind}_{modules}"
    root = folder / name
    package = root / name
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(f'"""A package."""\n\n__version__ = "1.0"\n')
    for number in range(1, modules):
        (package / f"module_{number}.py").write_text(module_text(number))
    requirement, backend = BACKENDS[kind]
    text = (f'[build-system]\nrequires = ["{requirement}"]\nbuild-backend = "{backend}"\n\n'
            f'[project]\nname = "{name}"\nversion = "1.0"\ndescription = "A package"\n')
    if kind == "setuptools":
        text += f'\n[tool.setuptools]\npackages = ["{name}"]\n'
    (root / "pyproject.toml").write_text(text)
    return Project(f"{kind} {modules} modules", root, backend)


def with_extension(folder):
    root = folder / "bench_extension"
    root.mkdir(parents=True)
    (root / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n\n'
        '[project]\nname = "bench_extension"\nversion = "1.0"\n\n[tool.setuptools]\n'
        'ext-modules = [{name = "bench_extension", sources = ["bench_extension.c"]}]\n')
    (root / "bench_extension.c").write_text(
        "#include <Python.h>\n\nstatic struct PyModuleDef definition = {\n"
        '    PyModuleDef_HEAD_INIT, "bench_extension", NULL, -1, NULL};\n\n'
        "PyMODINIT_FUNC PyInit_bench_extension(void) { return PyModule_Create(&definition); }\n")
    return Project("setuptools C extension", root, "setuptools.build_meta")


def real(folder):
    """The sdists of sdists.txt, unpacked."""
    found = []
    for archive in sorted(peers.SDISTS.glob("*.tar.gz")):
        with tarfile.open(archive) as sdist:
            sdist.extractall(folder, filter="data")
        root = folder / archive.name.removesuffix(".tar.gz")
        found.append(Project(f"{root.name} (real)", root, ""))
    return found


NOOP = '''
import sys

def get_requires_for_build_wheel(config_settings=None):
    return []

def build_sdist(sdist_directory, config_settings=None):
    raise NotImplementedError

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    """Makes the smallest of wheels, by hand."""
    import base64, hashlib, os, zipfile
    sys.stdout.write(("x" * 99 + "\\n") * int(os.environ.get("BENCH_LINES", "0")))
    name = "bench_noop-1.0-py3-none-any.whl"
    info = "bench_noop-1.0.dist-info"
    files = {f"{info}/METADATA": "Metadata-Version: 2.1\\nName: bench_noop\\nVersion: 1.0\\n",
             f"{info}/WHEEL": "Wheel-Version: 1.0\\nGenerator: bench\\n"
                              "Root-Is-Purelib: true\\nTag: py3-none-any\\n"}
    record = f"{info}/RECORD,,\\n"
    with zipfile.ZipFile(os.path.join(wheel_directory, name), "w") as wheel:
        for path, text in files.items():
            wheel.writestr(path, text)
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode()
            record += f"{path},sha256={digest.rstrip('=')},{len(text)}\\n"
        wheel.writestr(f"{info}/RECORD", record)
    return name
'''


def in_tree(folder, name, more=""):
    """A project that is its own backend `bench_backend`, which needs nothing and does nearly nothing."""
    root = folder / name
    root.mkdir(parents=True)
    (root / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "bench_backend"\nbackend-path = ["."]\n\n'
        '[project]\nname = "bench_noop"\nversion = "1.0"\n')
    (root / "bench_backend.py").write_text(NOOP + more)
    return Project(name, root, "bench_backend")
