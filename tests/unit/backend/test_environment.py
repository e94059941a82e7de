"""What the start of the warm interpreter has made of the environment, and read of it, before a command
brings its own (backend/python/environment.py).

    python3 tests/unit/backend/test_environment.py [-v] [Class.test_name]
"""

import os
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from zygote_driver import Case, Host

BACKEND = """
import os

flavour = os.environ.get("FLAVOUR", "plain")
os.environ["MADE_BY_IMPORT"] = "made"
os.environ.pop("TAKEN_BY_IMPORT", None)
present = "PRESENCE" in os.environ

def hook(): return dict(os.environ)

def look(): return [flavour, present]
"""


class EnvironmentTest(Case):
    def setUp(self):
        super().setUp()
        self.write("env/backend.py", BACKEND)

    def started(self, more=(), **told):
        given = self.environment(os.path.join(self.folder, "env"), dict(more))
        host = Host(self.folder, given, self.cwd)
        self.addCleanup(host.close)
        answer = host.start("backend", environment=given, **told)
        self.assertEqual(answer["op"], "started")
        return host, given

    def assert_leaves(self, host, wanted, names):
        reply, end = os.pipe()
        host.pass_fds(end)
        host.send({"op": "run", "id": 99, "cmd": "look", "kwargs": {}, "env": wanted})
        told = host.receive()
        self.assertEqual(("stale", 99), (told["op"], told["id"]))
        self.assertEqual(names, sorted(told["variables"]))
        self.assertEqual(host.wait(), 0)
        os.close(end)
        os.close(reply)

    def test_what_the_import_has_made_is_in_each_hook(self):
        host, given = self.started({"TAKEN_BY_IMPORT": "x"})
        found = host.call("hook", env={**given, "MORE": "1"})["return"]
        del given["TAKEN_BY_IMPORT"]
        self.assertEqual({**given, "MORE": "1", "MADE_BY_IMPORT": "made"}, found)

    def test_another_value_of_what_the_import_has_read_needs_another_interpreter(self):
        host, given = self.started()
        self.assertEqual(["plain", False], host.call("look", env=given)["return"])
        self.assertEqual(["plain", False], host.call("look", env={**given, "ELSE": "1"})["return"])
        self.assert_leaves(host, {**given, "FLAVOUR": "sweet", "PRESENCE": ""},
                           ["FLAVOUR", "PRESENCE"])
        host, given = self.started({"FLAVOUR": "sweet"})
        self.assertEqual(["sweet", False], host.call("look", env=given)["return"])
        del given["FLAVOUR"]
        self.assert_leaves(host, given, ["FLAVOUR"])

    def test_a_fresh_one_leaves_for_it_too(self):
        host, given = self.started(isolation="fresh")
        self.assert_leaves(host, {**given, "FLAVOUR": "sweet"}, ["FLAVOUR"])

    def test_the_environment_of_a_hook_is_an_ordinary_one(self):
        self.write("env/backend.py", "import os\ndef look(): return type(os.environ).__name__\n")
        for told in ({}, {"backend_path": [os.path.join(self.folder, "env")]}):
            with self.subTest(told):
                host, given = self.started(**told)
                self.assertEqual("_Environ", host.call("look", env=given)["return"])

    def test_a_backend_that_replaces_the_environment(self):
        self.write("env/backend.py", "import os\nos.environ = dict(os.environ, MINE='1')\n"
                                     "def look(): return os.environ['MINE']\n")
        host, given = self.started()
        self.assertEqual("1", host.call("look")["return"])


if __name__ == "__main__":
    unittest.main()
