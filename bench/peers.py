"""Brings what axle is measured against onto this machine: through pip, once, into build/."""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
BUILD = HERE.parent / "build"
VENV = BUILD / "bench-venv"
WHEELS = BUILD / "bench-wheels"  # what isolated builds install, without network
SDISTS = BUILD / "bench-sdists"
WANTED = (HERE / "requirements.txt", HERE / "sdists.txt")


def install(python):
    """Does nothing if all is there and was made from these lists."""
    stamp = VENV / "made-from"
    made_from = sys.version + "".join(path.read_text() for path in WANTED)
    if stamp.exists() and stamp.read_text() == made_from:
        return
    say = lambda what: print(f"bench: {what}", file=sys.stderr, flush=True)  # noqa: E731
    say(f"making {VENV}")
    run(python, "-m", "venv", "--clear", VENV)
    pip = (VENV / "bin/python", "-m", "pip", "--disable-pip-version-check", "--quiet")
    run(*pip, "install", "--requirement", WANTED[0])
    say(f"downloading into {WHEELS} and {SDISTS}")
    run(*pip, "download", "--only-binary", ":all:", "--dest", WHEELS, "--requirement", WANTED[0])
    run(*pip, "download", "--no-deps", "--no-binary", ":all:", "--no-build-isolation",
        "--dest", SDISTS, "--requirement", WANTED[1])
    stamp.write_text(made_from)


def run(*command):
    subprocess.run([str(word) for word in command], check=True)


def versions():
    """Of everything in the environment that requirements.txt names."""
    names = [line.partition("=")[0].strip() for line in WANTED[0].read_text().splitlines()
             if line and not line.startswith("#")]
    script = ("import importlib.metadata as m, sys;"
              "print(*(f'{n} {m.version(n)}' for n in sys.argv[1:]), sep='\\n')")
    found = subprocess.run([VENV / "bin/python", "-I", "-c", script, *names],
                           check=True, capture_output=True, text=True)
    return found.stdout.split("\n")[:-1]
