"""What the import of a build backend may leave behind in its interpreter: odd, but no reason why
that should not run hooks."""

import os
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from backend_driver import Backend, Project  # noqa: E402

HOOKS = """
def build():
    return "built"

def fail():
    raise ValueError("as ever")
"""


class CarelessImports(unittest.TestCase):
    def assert_harmless(self, source, isolations=("forked", "inline", "fresh")):
        project = Project(source + HOOKS)
        self.addCleanup(project.close)
        kept = project.root / "kept"
        kept.mkdir(mode=0o700)
        for isolation in isolations:
            with self.subTest(isolation=isolation):
                options = ["--hook-isolation", isolation, "--warm", "--keep-in", str(kept)]
                backend = Backend(project, in_tree=False, options=options,
                                  env={**os.environ, "PYTHONPATH": str(project.root)})
                self.addCleanup(backend.close)
                self.assertEqual({"return": "built"}, backend.call("build"))
                failure = backend.call("fail")
                self.assertEqual(("ValueError", "as ever"), (failure["exc_type"], failure["exc_msg"]))
                self.assertEqual({"return": "built"}, backend.call("build"))
                if isolation == "forked":
                    backend.event("warm")  # it has trained, or tried to
                self.assertEqual({"return": "built"}, backend.call("build"))
                self.assertEqual(0, backend.leave())
                told = [*getattr(backend, "dropped", []), *backend.events]
                self.assertEqual([], [event for event in told if event["event"] == "notice"])

    def test_folders_of_imports_that_are_no_text(self):
        self.assert_harmless("""
import pathlib, sys
sys.path[:0] = [pathlib.Path("/usr"), None, b"/bytes", 7]
sys.path += ["with\\0nul", "/\\udcff\\ud800", "relative", ""]
""")

    def test_folders_of_imports_that_are_no_list(self):
        self.assert_harmless("import sys; sys.path = tuple(sys.path)")

    def test_modules_that_are_none(self):
        self.assert_harmless("""
import sys, types
class Lazy(types.ModuleType):
    def __getattr__(self, name):
        raise ImportError(f"{name} needs what is not installed")
class Proxy:
    def __getattribute__(self, name):
        raise RuntimeError(name)
sys.modules["lazy"] = Lazy("lazy")
sys.modules["proxy"] = Proxy()
sys.modules["nothing"] = None
sys.modules["nul"] = types.ModuleType("nul")
sys.modules["nul"].__file__ = "/with\\0nul"
class Awake(types.ModuleType):
    @property
    def __dict__(self):
        raise ImportError("all of it needs what is not installed")
sys.modules["awake"] = Awake("awake")
sys.modules["surrogate"] = types.ModuleType("surrogate")
sys.modules["surrogate"].__file__ = "/\\ud800"
sys.modules[7] = "seven"
""")

    def test_nothing_more_can_be_imported(self):
        self.assert_harmless("""
import sys
class Refusal:
    def find_spec(name, *_):
        raise LookupError(f"no {name} any more")
sys.meta_path.insert(0, Refusal)
sys.modules.pop("traceback", None)
""")

    def test_json_is_not_what_it_was(self):
        self.assert_harmless("import json; json.dumps = json.loads = json.encoder = None")

    def test_names_of_sys_are_gone(self):
        self.assert_harmless("import sys; del sys.argv, sys.stdin, sys.stdout, sys.stderr")

    def test_standard_streams_are_closed(self):
        self.assert_harmless("import os; os.closerange(0, 3)")


if __name__ == "__main__":
    unittest.main()
