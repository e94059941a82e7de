"""What one warm interpreter keeps for the next (backend/python/keeping.py, boot.py), and that
nothing of it counts once it may not be true any more.

    python3 tests/unit/backend/test_keeping.py [-v] [Class.test_name]
"""

import _imp
import json
import marshal
import os
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from zygote_driver import PYPY, Case, Host, read_line

BACKEND = """
import os, sys
def get_requires_for_build_wheel(config_settings=None):
    import lesson
    return []
def build_wheel(wheel_directory): import of_the_wheel
def build_sdist(sdist_directory):
    if os.path.exists("held"):
        with open("held") as file: file.read()
def imported(name="lesson"): return name in sys.modules
def knows_the_system(): return sys.modules["platform"]._uname_cache is not None
"""


class KeepingTest(Case):
    def setUp(self):
        super().setUp()
        self.kept = os.path.join(self.folder, "kept")
        os.mkdir(self.kept)
        self.write("env/backend.py", BACKEND)
        self.write("env/lesson.py", "import platform")
        self.imports = os.path.join(self.folder, "imports")
        self.write("env/of_the_wheel.py", f"""
            import os
            with open({self.imports!r}, "a") as file: print(os.getpid(), file=file)
            """)

    def started(self, warm=False, **more):
        folder = os.path.join(self.folder, "env")
        environment = self.environment(folder, more)
        host = Host(self.folder, environment, self.cwd, os.path.join(self.kept, "it"))
        self.addCleanup(host.close)
        self.assertEqual(host.start("backend", warm=warm and os.path.join(self.folder, "training"))["op"], "started", host.errors())
        return host

    def only_file(self, word):
        (path,) = (path for path in pathlib.Path(self.kept).iterdir() if word in path.name)
        return path

    def kept_program(self):
        """The file of the program, once the interpreter that has kept it is done with that."""
        self.started().call("imported")
        return self.only_file(sys.implementation.cache_tag)

    def test_the_program_is_kept_compiled_and_taken_from_there(self):
        path = self.kept_program()
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        code = compile("raise SystemExit(77)", "other", "exec")
        path.write_bytes(_imp.source_hash(0, marshal.dumps(code)) + marshal.dumps(code))
        host = Host(self.folder, self.environment(self.folder, {}), self.cwd, path.parent / "it")
        self.addCleanup(host.close)
        self.assertEqual(os.WEXITSTATUS(host.wait()), 77)

    def test_a_damaged_program_is_not_taken(self):
        path = self.kept_program()
        whole = path.read_bytes()
        for damaged in (b"", whole[:-1], whole[:100] + b"?" + whole[101:], b"\0" * 8):
            with self.subTest(length=len(damaged)):
                path.write_bytes(damaged)
                self.assertEqual(self.started().call("imported"), {"return": False})
                self.assertEqual(path.read_bytes(), whole)

    def test_a_link_is_not_followed(self):
        path = self.kept_program()
        path.rename(self.folder + "/elsewhere")
        path.symlink_to(self.folder + "/elsewhere")
        self.assertEqual(self.started().call("imported"), {"return": False})
        self.assertFalse(path.is_symlink())

    def test_a_folder_that_is_gone_is_done_without(self):
        os.rmdir(self.kept)
        self.assertEqual(self.started().call("imported"), {"return": False})

    def test_the_folder_does_not_grow_for_ever(self):
        for number in range(250):
            pathlib.Path(self.kept, "old%d" % number).touch()
            os.utime(os.path.join(self.kept, "old%d" % number), (number, number))
        path = self.kept_program()
        self.assertEqual(len(os.listdir(self.kept)), 200)
        self.assertTrue(path.exists())
        self.assertFalse(os.path.exists(os.path.join(self.kept, "old0")))

    def taught(self):
        """The file of a lesson."""
        host = self.started(warm=True)
        self.assertEqual(host.call("imported"), {"return": False})
        while not (told := host.receive())["trained"]:
            pass
        self.assertEqual(told["op"], "warm")
        return self.only_file("lesson")

    @unittest.skipIf(PYPY, "there is no training")
    def test_a_lesson_is_taken_before_the_first_hook(self):
        self.taught()
        self.assertEqual(self.started().call("imported"), {"return": True})
        host = self.started(warm=True)
        self.assertEqual(host.call("imported"), {"return": True})
        self.assertEqual(host.receive(), {"op": "warm", "trained": True, "spares": 0})

    @unittest.skipIf(PYPY, "there is no training")
    def test_what_not_every_build_needs_is_left_until_a_hook_is_done(self):
        self.taught()
        self.assertEqual(self.started().call("knows_the_system"), {"return": False})
        host = self.started(warm=True)
        self.assertEqual(host.call("knows_the_system"), {"return": False})
        self.assertEqual(host.receive(), {"op": "warm", "trained": True, "spares": 0})
        self.assertEqual(host.call("knows_the_system"), {"return": True})

    @unittest.skipIf(PYPY, "there is no training")
    def test_what_the_wheel_alone_needs_is_imported_while_the_sdist_is_built(self):
        self.taught()
        self.assertEqual(self.started().call("imported", {"name": "of_the_wheel"}), {"return": False})
        fd = self.watched_imports()
        os.mkfifo(os.path.join(self.cwd, "held"))
        host = self.started()
        hook = host.begin("build_sdist", {"sdist_directory": "."})
        self.assertEqual(int(read_line(fd)), host.pid)
        pathlib.Path(self.cwd, "held").write_text("")
        self.assertEqual(hook.answer(), {"return": None})
        self.assertEqual(hook.reap(), 0)
        hook.close()
        self.assertEqual(host.call("imported", {"name": "of_the_wheel"}), {"return": True})

    def watched_imports(self):
        """Who imports what the wheel needs writes its number there from now on."""
        os.unlink(self.imports)
        os.mkfifo(self.imports)
        fd = os.open(self.imports, os.O_RDWR)
        self.addCleanup(os.close, fd)
        return fd

    @unittest.skipIf(PYPY, "there is no training")
    def test_nothing_is_imported_for_a_hook_that_may_be_the_last_one(self):
        self.taught()
        host = self.started()
        host.call("get_requires_for_build_wheel")
        hook = host.begin("build_wheel", {"wheel_directory": "."})
        self.assertEqual(hook.answer(), {"return": None})
        importers = pathlib.Path(self.imports).read_text().split()
        self.assertEqual(int(importers[-1]), hook.pid)
        hook.close()

    @unittest.skipIf(PYPY, "there is no training")
    def test_where_a_second_build_begins_it_is_imported_for_all_that_follow(self):
        self.taught()
        fd = self.watched_imports()
        host = self.started()
        host.call("build_wheel", {"wheel_directory": "."})
        host.call("get_requires_for_build_wheel")
        importers = b""
        while str(host.pid).encode() not in importers.split():
            importers += read_line(fd)
        self.assertEqual(host.call("imported", {"name": "of_the_wheel"}), {"return": True})

    @unittest.skipIf(PYPY, "there is no training")
    def test_a_lesson_about_something_else_is_not_taken(self):
        path = self.taught()
        self.assertEqual(self.started(LC_MESSAGES="C").call("imported"), {"return": False})
        lesson = path.read_text()
        for damaged in ("", "[]", "{}", lesson[:-2], lesson.replace("backend", "other")):
            with self.subTest(damaged[:20]):
                path.write_text(damaged)
                self.assertEqual(self.started().call("imported"), {"return": False})
        path.write_text(lesson)
        self.assertEqual(self.started().call("imported"), {"return": True})
        self.write("env/lesson.py", "raise SystemExit  # it was written anew")
        self.assertEqual(self.started().call("imported"), {"return": False})

    @unittest.skipIf(PYPY, "there is no training")
    def test_a_lesson_does_not_outlive_a_change_of_the_environment(self):
        self.taught()
        self.write("env/another.py", "")
        self.assertEqual(self.started().call("imported"), {"return": False})

    @unittest.skipIf(PYPY, "there is no training")
    def test_a_step_that_fails_is_left_to_the_hook(self):
        path = self.taught()
        lesson = json.loads(path.read_text())
        lesson["steps"].insert(0, ["import", "nowhere"])
        lesson["steps"].insert(0, ["something", "unknown"])
        path.write_text(json.dumps(lesson))
        self.assertEqual(self.started().call("imported"), {"return": True})


if __name__ == "__main__":
    unittest.main()
