"""Sdists from the package index, by pip."""

import subprocess
import sys
from pathlib import Path


def download_sdist(name, version, folder, python=sys.executable, **options):
    """Downloads the sdist of this release into `folder` and returns its path.

    `options` are those of subprocess.run.
    """
    # Only for the project itself: its build requirements may be wheels.
    subprocess.run([python, "-m", "pip", "download", "--quiet", "--no-deps", "--no-input",
                    "--disable-pip-version-check", "--no-binary", name, "--dest", folder,
                    f"{name}=={version}"], check=True, stdin=subprocess.DEVNULL, timeout=500,
                   **options)
    [archive] = Path(folder).glob("*.tar.gz")
    return archive
