"""pyproject_api's own tests, with its child replaced by axle-backend.

The tests come from the sdist of the release that is installed beside them; they are not changed.
test_result_missing is left out: it makes the writing of the result file fail by a file that is
read-only, and axle-backend writes by a rename, which that does not hinder.
"""

import os
import subprocess
import sys
import tempfile
import unittest
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
from sdists import download_sdist  # noqa: E402


class PyprojectApi(unittest.TestCase):
    def test_its_own_tests_pass_against_axle_backend(self):
        with tempfile.TemporaryDirectory(prefix="axle-conformance-") as folder:
            archive = download_sdist("pyproject-api", version("pyproject-api"), folder)
            subprocess.run(["tar", "-xzf", archive, "-C", folder], check=True)
            [project] = (path for path in Path(folder).iterdir() if path.is_dir())
            environment = {**os.environ, "PYTHONPATH": str(HERE)}
            ran = subprocess.run(
                [sys.executable, "-m", "pytest", "-p", "pyproject_api_plugin", "-p",
                 "no:cacheprovider", "tests/test_frontend.py", "tests/test_frontend_setuptools.py",
                 "--deselect", "tests/test_frontend_setuptools.py::test_result_missing"],
                cwd=project, env=environment, stdin=subprocess.DEVNULL, capture_output=True,
                text=True, timeout=500, check=False)
        self.assertEqual(0, ran.returncode, ran.stdout + ran.stderr)
        self.assertRegex(ran.stdout, r"\b[1-9]\d+ passed")


if __name__ == "__main__":
    unittest.main()
