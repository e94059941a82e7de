"""axle, installed from the build tree into a temporary prefix, once for all tests of a file."""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))

ROOT = Path(__file__).resolve().parent.parent.parent
CMAKE = os.environ["CMAKE_COMMAND"]
COMPILER = os.environ["CXX"]
SANITIZE = os.environ.get("AXLE_SANITIZE", "")


def run(*words, **options):
    """Runs a program that has to succeed; what it wrote to stdout."""
    done = subprocess.run(list(map(str, words)), stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=500, **options)
    if done.returncode != 0:
        raise AssertionError(f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout


class InstalledTest(unittest.TestCase):
    """`prefix` is where axle is: moved after it was installed, as a package or an image moves it."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="axle-install-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name).resolve()
        cls.prefix = cls.folder / "elsewhere"
        run(CMAKE, "--install", os.environ["AXLE_BUILD"], "--prefix", cls.folder / "first")
        shutil.move(cls.folder / "first", cls.prefix)
