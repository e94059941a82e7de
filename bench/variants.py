"""The commands of axle and of its peers, for the same work.

The work of a build is a wheel without isolation ("wheel"), a wheel in an isolated environment
("isolated"), or an sdist and the wheel from it in isolated environments ("default").
"""

from dataclasses import dataclass
from pathlib import Path

CLIENTS = Path(__file__).resolve().parent / "clients"
PAUSED = "axle (warm, after a pause)"
KINDS = {"wheel": ("wheel",), "isolated": ("wheel",), "default": ("sdist", "wheel")}


@dataclass(frozen=True)
class Variant:
    name: str
    command: tuple  # {source} and {out} stand for folders
    primed: bool = False  # runs once, unmeasured, right before each measurement: a daemon is awake

    def words(self, source, out):
        return [str(word).format(source=source, out=out) for word in self.command]


def of(work, surroundings):
    """The variants that can do `work`, axle's warm one first."""
    python = surroundings.python
    return axles(work, surroundings.programs, python) + others(work, python)


def axles(work, programs, python):
    flags = {"wheel": ("-nw",), "isolated": ("-w",), "default": ()}[work]
    base = (programs.axle, "build", "-q", *flags, "--python", python, "-o", "{out}", "{source}")
    if not programs.has_daemon:
        return [Variant("axle (no daemon)", base)]
    return [
        Variant("axle (warm)", base, primed=True),
        Variant(PAUSED, base),
        Variant("axle (--no-daemon)", (*base[:3], "--no-daemon", *base[3:])),
    ]


def others(work, python):
    bin = python.parent
    if work == "wheel":
        return [
            Variant("uv build, no isolation", (
                bin / "uv", "build", "-q", "--wheel", "--no-build-isolation", "-o", "{out}",
                "{source}")),
            Variant("build -n", (python, "-m", "build", "-nw", "-o", "{out}", "{source}")),
            Variant("pip wheel, no isolation", (
                python, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w",
                "{out}", "{source}")),
            Variant("pyproject_api, fresh", (
                python, CLIENTS / "pyproject_api_build.py", "{source}", "{out}")),
        ]
    if work == "isolated":
        return [
            Variant("uv build", (bin / "uv", "build", "-q", "--wheel", "-o", "{out}", "{source}")),
            Variant("build", (python, "-m", "build", "-w", "-o", "{out}", "{source}")),
            Variant("build --installer uv", (
                python, "-m", "build", "-w", "--installer", "uv", "-o", "{out}", "{source}")),
            Variant("pip wheel", (
                python, "-m", "pip", "wheel", "-q", "--no-deps", "-w", "{out}", "{source}")),
        ]
    return [
        Variant("uv build", (bin / "uv", "build", "-q", "-o", "{out}", "{source}")),
        Variant("build", (python, "-m", "build", "-o", "{out}", "{source}")),
    ]
