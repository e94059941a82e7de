"""The weaknesses of pyproject_api's backend, which axle-backend does not share: it is driven here as
that one is, by lines of text."""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from backend_driver import DEADLINE, MARKER, Backend, program  # noqa: E402
from matrix import MatrixTest  # noqa: E402


class Protocol(MatrixTest):
    def text(self, source, **options):
        return self.backend(self.project(source), control=False, **options)

    def test_w1_an_exception_without_a_text_leaves_a_whole_file(self):
        backend = self.text('''
            class BadStr(Exception):
                def __str__(self): raise SystemExit(0)
            def fails(): raise BadStr
        ''')
        self.check_failure(backend.call("fails"), 1, "BadStr", "<unprintable BadStr>")
        self.check_unharmed(backend)

    def test_w2_w3_the_file_stands_when_the_marker_is_read(self):
        backend = self.text('''
            def a_set(): return {1}
            def exits(): raise SystemExit(object())
        ''')
        # `call` reads the file at once when it has read the marker.
        self.check_failure(backend.call("a_set"), 1, "TypeError")
        self.check_failure(backend.call("exits"), 1, "SystemExit")
        self.assertEqual([], [name for name in os.listdir(backend.results.name)
                              if not name.endswith(".json")])
        self.check_unharmed(backend)

    def test_w6_a_whole_line_stands_before_the_marker(self):
        backend = self.text("def echo(text): return text")
        for text in ("x", "\u20ac\n", "\x00"):
            before = len(backend.out)
            backend.call("echo", kwargs={"text": text})
            head, _, _ = backend.out[before:].rpartition(MARKER)
            self.assertIn(b"\n", head)  # what tox waits for
        self.check_unharmed(backend)

    def test_w11_much_of_both_at_once(self):
        project = self.project('''
            import os
            os.write(1, b"n" * 200_000)
            def length(text): return len(text)
        ''')
        with tempfile.TemporaryDirectory(prefix="axle-matrix-") as folder:
            line = json.dumps({"cmd": "length", "kwargs": {"text": "x" * 200_000},
                               "result": folder + "/x.json"}) + "\n"
            done = subprocess.run(
                [program(), "--python", sys.executable, "--backend-path", project.root, "False",
                 "backend"], input=line.encode(), cwd=project.root, env=self.environment(),
                capture_output=True, timeout=DEADLINE, check=False)
            self.assertEqual(0, done.returncode)
            self.assertEqual({"return": 200_000}, json.loads(Path(folder, "x.json").read_text()))
        self.check_nothing_left()

    def test_w14_nothing_private_can_be_reached(self):
        backend = self.text("def _hidden(): return 1")
        for name in ("__init__", "__class__", "__call__", "_hidden", "_load", "__getattribute__"):
            with self.subTest(name):
                self.check_failure(backend.call(name, kwargs={"backend": "os"}), 1,
                                   "MissingCommand", name)
        self.check_unharmed(backend)

    def test_w15_no_secret_and_no_long_value_is_printed(self):
        backend = self.text('''
            def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
                return "x" * 1_000_000
        ''')
        backend.call("build_wheel", kwargs={"wheel_directory": "/out", "config_settings": {
            "token": "hunter2", "more": ["hunter2", {"deep": "hunter2"}]}})
        self.assertNotIn(b"hunter2", backend.out + backend.err)
        self.assertLess(len(backend.out), 20_000)
        self.check_unharmed(backend)

    def test_w17_a_start_that_fails_silently_is_told(self):
        for source in ("raise SystemExit(0)", "import os; os._exit(0)",
                       "class B:\n    __file__ = __file__\n    def __str__(self): raise SystemExit(0)\n"
                       "import sys; sys.modules[__name__] = B()"):
            with self.subTest(source):
                project = self.project(source)
                backend = Backend(project, control=False, start=False, env=self.environment())
                self.addCleanup(backend.close)
                if "class" in source:  # it has started, and only its text is bad
                    backend.wait_for_text(b"started backend BackendProxy(backend=<unprintable B>)")
                    self.assertEqual(0, backend.leave())
                else:
                    self.assertEqual(1, backend.process.wait(DEADLINE))
                    self.assertIn(b"failed to start backend", backend.process.stderr.read())
                self.check_nothing_left()

    def test_w21_deaths_are_told_apart(self):
        backend = self.text('''
            import os
            def abort(): os.abort()
            def seven(): os._exit(7)
            def kill(): os.kill(os.getpid(), 9)
        ''')
        told = [(answer["code"], answer["exc_type"], answer.get("x_signal"))
                for answer in map(backend.call, ("abort", "seven", "kill"))]
        self.assertEqual([(134, "BackendDied", 6), (7, "BackendDied", None),
                          (137, "BackendDied", 9)], told)
        self.check_unharmed(backend)

    def test_w23_the_code_is_a_number(self):
        backend = self.text('''
            def exits(kind): raise SystemExit({"none": None, "text": "x", "object": object(),
                                               "list": [1], "true": True}[kind])
        ''')
        for kind, code in {"none": 0, "text": 1, "object": 1, "list": 1, "true": 1}.items():
            self.assertIs(type(backend.call("exits", kwargs={"kind": kind})["code"]), int)
            self.assertEqual(code, backend.call("exits", kwargs={"kind": kind})["code"])
        self.check_unharmed(backend)

    def test_w24_causes_notes_and_traceback_are_in_the_file(self):
        backend = self.text('''
            def fails():
                try: raise KeyError("the root")
                except KeyError as error:
                    problem = ValueError("the symptom")
                    problem.__notes__ = ["a note"]
                    raise problem from error
        ''')
        answer = backend.call("fails")
        self.check_failure(answer, 1, "ValueError", "the symptom")
        self.assertEqual(["a note"], answer["x_notes"])
        self.assertEqual(["KeyError"], [cause["exc_type"] for cause in answer["x_causes"]])
        self.assertIn("the root", answer["x_traceback"])
        self.check_unharmed(backend)

    def test_w26_the_backend_path_is_checked_and_pythonpath_kept(self):
        project = self.project("import os, sys\ndef path(): return [os.environ['PYTHONPATH'], "
                               "sys.path]")
        with tempfile.TemporaryDirectory(prefix="axle-matrix-") as folder:
            env = self.environment(PYTHONPATH=folder)
            backend = self.backend(project, control=False, env=env)
            variable, path = backend.call("path")["return"]
            self.assertEqual(folder, variable)
            self.assertIn(folder, path)
            self.assertEqual(str(project.root), path[0])
            self.check_unharmed(backend)
            # A backend from elsewhere than it was promised to be.
            empty = os.path.join(folder, "empty")
            os.mkdir(empty)
            Path(folder, "backend.py").write_text("def ok(): return 'foreign'\n")
            done = subprocess.run(
                [program(), "--python", sys.executable, "--backend-path", empty, "True",
                 "backend"], stdin=subprocess.DEVNULL, cwd=project.root, env=env,
                capture_output=True, timeout=DEADLINE, check=False)
            self.assertEqual(1, done.returncode)
            self.assertIn(b"not from backend-path", done.stderr)
        self.check_nothing_left()


if __name__ == "__main__":
    unittest.main()
