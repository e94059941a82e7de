"""The same sdists through axle and through pypa/build: the same files, the same METADATA."""

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from sdists import download_sdist  # noqa: E402
from wheel_comparison import differences  # noqa: E402

# One for each of flit-core, hatchling, poetry-core, setuptools with a C extension, in-tree.
SDISTS = {"itsdangerous": "2.2.0", "attrs": "25.4.0", "tomlkit": "0.13.3", "markupsafe": "3.0.2",
          "flit-core": "3.12.0"}


def built_by(command, folder):
    """The one wheel that the command makes in `folder`."""
    ran = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                         timeout=500, check=False)
    if ran.returncode != 0:
        raise AssertionError(f"{command} ended with {ran.returncode}:\n{ran.stdout}{ran.stderr}")
    [wheel] = Path(folder).glob("*.whl")
    return wheel


class AgainstBuild(unittest.TestCase):
    maxDiff = None

    def test_wheels_are_those_of_pypa_build(self):
        axle = os.path.join(os.environ["AXLE_BIN"], "axle")
        uv = Path(sys.executable).with_name("uv")
        os.environ["UV"] = str(uv)
        cache = tempfile.TemporaryDirectory()
        self.addCleanup(cache.cleanup)
        os.environ["XDG_CACHE_HOME"] = cache.name
        for name, version in SDISTS.items():
            with self.subTest(name), tempfile.TemporaryDirectory() as folder:
                sdist = download_sdist(name, version, folder)
                theirs = built_by([sys.executable, "-m", "build", "--installer", "uv", "--wheel",
                                   "--outdir", f"{folder}/theirs", sdist], f"{folder}/theirs")
                ours = built_by([axle, "build", "--python", sys.executable,
                                 "--outdir", f"{folder}/ours", sdist], f"{folder}/ours")
                # What is compiled names the folder that it was compiled in.
                self.assertEqual([], [str(found) for found in differences(theirs, ours)
                                      if found.what in ("name", "members", "METADATA")])


if __name__ == "__main__":
    unittest.main()
