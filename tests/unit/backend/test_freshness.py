"""The warm interpreter leaves when what it has imported has changed (backend/python/freshness.py).

    python3 tests/unit/backend/test_freshness.py [-v] [Class.test_name]
"""

import glob
import os
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from zygote_driver import Case, Host

BACKEND = """
import helper

def hook(): return helper.value

def write(path, text):
    with open(path, "w") as file:
        file.write(text)
"""


class FreshnessTest(Case):
    def setUp(self):
        super().setUp()
        self.write("env/backend.py", BACKEND)
        self.write("env/helper.py", "value = 'old'\n")
        self.environment_folder = os.path.join(self.folder, "env")

    def started(self, *more_folders, **told):
        path = os.pathsep.join([self.environment_folder, *more_folders])
        environment = self.environment(path, {})
        del environment["PYTHONDONTWRITEBYTECODE"]
        host = Host(self.folder, environment, self.cwd)
        self.addCleanup(host.close)
        self.assertEqual(host.start("backend", **told)["op"], "started")
        self.assertEqual(host.call("hook"), {"return": "old"})
        return host

    def assert_leaves(self, host):
        reply, end = os.pipe()
        host.pass_fds(end)
        host.send({"op": "run", "id": 99, "cmd": "hook", "kwargs": {}})
        self.assertEqual(host.receive(), {"op": "stale", "id": 99})
        self.assertEqual(host.wait(), 0)
        os.close(end)
        self.assertEqual(os.read(reply, 1), b"")
        os.close(reply)

    def test_a_module_that_is_written_anew(self):
        host = self.started()
        self.write("env/helper.py", "value = 'new'\n")
        self.assert_leaves(host)

    def test_a_module_that_another_takes_the_place_of(self):
        host = self.started()
        before = os.stat(os.path.join(self.environment_folder, "helper.py"))
        path = self.write("env/helper.new", "value = 'new'\n")
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        os.rename(path, os.path.join(self.environment_folder, "helper.py"))
        self.assert_leaves(host)

    def test_a_module_that_is_removed(self):
        host = self.started()
        os.unlink(os.path.join(self.environment_folder, "helper.py"))
        self.assert_leaves(host)

    def test_a_package_that_is_installed(self):
        host = self.started()
        self.write("env/another/__init__.py", "")
        self.assert_leaves(host)

    def test_a_hook_that_writes_into_its_source_tree_changes_nothing(self):
        source_folder = os.path.join(self.cwd, "src")
        os.mkdir(source_folder)
        host = self.started(self.cwd, source_folder)
        for name in ("cwd/build.txt", "cwd/src/name.egg-info"):
            host.call("write", {"path": os.path.join(self.folder, name), "text": "new"})
            self.assertEqual(host.call("hook"), {"return": "old"})

    def test_a_pycache_changes_nothing(self):
        host = self.started()
        self.write("env/__pycache__/another.pyc", "")
        os.mkdir(os.path.join(self.folder, "else"))
        self.assertEqual(host.call("hook"), {"return": "old"})

    def test_a_folder_that_is_not_in_the_source_tree_though_that_is_the_root(self):
        self.cwd = "/"
        host = self.started()
        self.write("env/another.py", "")
        self.assert_leaves(host)

    def test_the_host_knows_what_to_watch(self):
        host = self.started()
        found = {path: seen for path, *seen in host.watched}
        for path in (os.path.join(self.environment_folder, "helper.py"), self.environment_folder):
            now = os.stat(path)
            mtime = divmod(now.st_mtime_ns, 10**9)
            self.assertEqual(found[path], [*mtime, now.st_size, now.st_ino])

    def test_the_host_has_looked(self):
        host = self.started()
        self.write("env/helper.py", "value = 'newer'\n")
        self.assertEqual(host.call("hook", look=False), {"return": "old"})
        self.assert_leaves(host)

    def test_what_changes_nothing_is_watched_as_it_is_then(self):
        host = self.started()
        self.write("env/another.txt~", "")
        os.unlink(os.path.join(self.environment_folder, "another.txt~"))
        now = divmod(os.stat(self.environment_folder).st_mtime_ns, 10**9)
        self.assertEqual(host.call("hook"), {"return": "old"})
        self.assertIn([self.environment_folder, *now], [entry[:3] for entry in host.watched])

    def test_an_environment_that_is_told_to_be_immutable_is_not_looked_at(self):
        host = self.started(immutable_environment=True)
        self.write("env/helper.py", "value = 'newer'\n")
        self.assertEqual(host.call("hook"), {"return": "old"})


class StartFilesTest(Case):
    """In a virtual environment, which reads .pth files."""

    def setUp(self):
        super().setUp()
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", os.path.join(self.folder, "venv")],
                       check=True)
        self.site, = glob.glob(os.path.join(self.folder, "venv/lib*/*/site-packages"))[:1]
        self.place = os.path.relpath(self.site, self.folder)
        self.write(f"{self.place}/backend.py", "import os\ndef hook(): return os.environ.get('OF_PTH')\n")
        self.write(f"{self.place}/some.pth", "import os; os.environ['OF_PTH'] = 'old'\nmissing\n")

    def started(self):
        python = os.path.join(self.folder, "venv", "bin", "python")
        host = Host(self.folder, self.environment("", {}), self.cwd, python=python)
        self.addCleanup(host.close)
        self.assertEqual(host.start("backend")["op"], "started")
        self.assertEqual(host.call("hook"), {"return": "old"})
        return host

    assert_leaves = FreshnessTest.assert_leaves

    def test_a_pth_file_with_another_content(self):
        host = self.started()
        with open(os.path.join(self.site, "some.pth"), "w") as file:
            file.write("import os; os.environ['OF_PTH'] = 'new'\n")
        self.assert_leaves(host)

    def test_a_folder_of_a_pth_file_that_was_missing(self):
        host = self.started()
        os.mkdir(os.path.join(self.site, "missing"))
        self.assert_leaves(host)

    def test_the_settings_of_the_environment(self):
        host = self.started()
        with open(os.path.join(self.folder, "venv", "pyvenv.cfg"), "a") as file:
            file.write("include-system-site-packages = true\n")
        self.assert_leaves(host)


if __name__ == "__main__":
    unittest.main()
