"""tox packages real projects with its backend command replaced by axle-backend."""

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import textwrap
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
EXAMPLES = HERE.parents[1] / "examples"

TOX_INI = """
    [tox]
    requires = tox
    env_list = packaged
    work_dir = {work}

    [testenv]
    commands = python -c "import {module}; print('imported', {module}.__name__)"

    [testenv:.pkg]
    pass_env = AXLE_*
    {fresh}
"""


class Tox(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="axle-tox-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.started = self.folder / "started"

    def project(self, name, fresh=""):
        """A copy of an example, with a tox.ini."""
        tree = self.folder / name
        leave = shutil.ignore_patterns("dist", "build", "*.egg-info", "__pycache__", ".tox")
        shutil.copytree(EXAMPLES / name, tree, ignore=leave)
        self.configure(tree, name.replace("-", "_"), fresh)
        return tree

    def configure(self, tree, module, fresh=""):
        ini = textwrap.dedent(TOX_INI).format(work=self.folder / "work", module=module, fresh=fresh)
        (tree / "tox.ini").write_text(ini)

    def tox(self, tree, *arguments, axle=True):
        if axle:
            shutil.copy(HERE / "tox_plugin.py", tree / "toxfile.py")
        environment = {name: value for name, value in os.environ.items()
                       if not name.startswith(("TOX_", "PYTHON"))}
        environment["AXLE_TOX_STARTED"] = str(self.started)
        ran = subprocess.run([sys.executable, "-m", "tox", "run", *arguments], cwd=tree,
                             env=environment, stdin=subprocess.DEVNULL, capture_output=True,
                             text=True, timeout=500, check=False)
        return ran.returncode, ran.stdout + ran.stderr

    def built(self, suffix):
        # The work folder is removed first, so that each is of the last run.
        [archive] = (self.folder / "work" / ".pkg" / "dist").glob(f"*{suffix}")
        return archive

    def assert_packaged_alike(self, tree):
        files = []
        for axle in (False, True):
            shutil.rmtree(self.folder / "work", ignore_errors=True)
            code, output = self.tox(tree, axle=axle)
            self.assertEqual(0, code, output)
            self.assertIn("imported", output)
            with tarfile.open(self.built(".tar.gz")) as sdist:
                files.append({name for name in sdist.getnames() if "toxfile" not in name})
            self.assertEqual(axle, self.started.exists())
        self.assertEqual(files[0], files[1])

    def test_it_packages_with_a_reused_axle_backend(self):
        self.assert_packaged_alike(self.project("moonphase"))
        self.assertIn("True hatchling.build", self.started.read_text())

    def test_it_packages_with_an_axle_backend_for_each_hook(self):
        self.assert_packaged_alike(self.project("humanly", fresh="fresh_subprocess = true"))
        self.assertIn("setuptools.build_meta", self.started.read_text())

    def test_it_packages_setuptools_with_a_reused_axle_backend(self):
        # For which tox itself has given reuse up.
        self.assert_packaged_alike(self.project("humanly", fresh="fresh_subprocess = false"))
        self.assertIn("True setuptools.build_meta", self.started.read_text())

    def test_it_is_told_of_a_hook_that_kills_its_process(self):
        # With pyproject_api's own child tox waits for ever here.
        tree = self.folder / "deadly"
        tree.mkdir()
        (tree / "backend.py").write_text("import os\n\ndef build_sdist(*_): os._exit(7)\n")
        (tree / "pyproject.toml").write_text(
            '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
            '[project]\nname = "deadly"\nversion = "1"\n')
        self.configure(tree, "deadly")
        code, output = self.tox(tree)
        self.assertNotEqual(0, code)
        self.assertIn("BackendDied", output)
        self.assertIn("ended its process with exit code 7", output)


if __name__ == "__main__":
    unittest.main()
