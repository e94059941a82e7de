"""The programs axle and axle-backend that are measured, and what they can do."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class Programs:
    def __init__(self, folder):
        self.folder = Path(folder).resolve()
        self.axle = self.folder / "axle"
        self.backend = self.folder / "axle-backend"
        self._help = self._said("build", "--help")
        self.version = self._said("--version").strip()
        self.has_daemon = "--no-daemon" in self._help

    def _said(self, *arguments):
        done = subprocess.run([self.axle, *arguments], check=True, capture_output=True, text=True)
        return done.stdout


def find(folder=None):
    """Those in `folder`, else of the release preset, which is built where it is missing."""
    if folder:
        return Programs(folder)
    folder = ROOT / "build/release/bin"
    if not os.access(folder / "axle", os.X_OK) or not os.access(folder / "axle-backend", os.X_OK):
        print("bench: building the preset release", file=sys.stderr, flush=True)
        for command in (
            ("cmake", "--preset", "release"),
            ("cmake", "--build", "--preset", "release", "--target", "axle", "axle-backend"),
        ):
            subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return Programs(folder)
