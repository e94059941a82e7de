"""What axle-backend says where nobody has given it a control channel: pyproject_api's lines."""

import os
import signal
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from backend_driver import MARKER, Backend, Project  # noqa: E402


class Text(unittest.TestCase):
    """pyproject_api's lines."""

    def setUp(self):
        self.project = Project('''
            import sys
            def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
                print("to stdout"); print("to stderr", file=sys.stderr)
                return "name"
            def fail(): raise SystemExit(2)
        ''')
        self.addCleanup(self.project.close)

    def test_lines_are_those_of_pyproject_api(self):
        with Backend(self.project, control=False) as backend:
            path = backend.result_path()
            backend.call("build_wheel", result=path,
                         kwargs={"wheel_directory": "/out", "config_settings": {"t": "hunter2"}})
            backend.call("fail")
            self.assertEqual(0, backend.leave())
            out, err = backend.out.decode(), backend.err.decode()
        self.assertTrue(out.startswith("started backend BackendProxy(backend=<module 'backend'"), out)
        self.assertIn("Backend: run command build_wheel with args {'wheel_directory': '/out',", out)
        self.assertNotIn("hunter2", out)
        self.assertIn("\nto stdout\n", out)
        self.assertIn(f"Backend: Wrote response {{'return': 'name'}} to {path}\n", out)
        self.assertIn("{'code': 2, 'exc_type': 'SystemExit', 'exc_msg': '2'}", out)
        self.assertIn("SystemExit: 2", err)
        # Output stands before the line that tells the end.
        self.assertLess(out.index("to stdout"), out.index("Wrote response"))

    def test_r1_7_bad_requests_are_told_and_survived(self):
        bad = ["{{", "[1]", "1", "null", '"x"', '{"cmd": "fail"}', '{"cmd": "fail", "kwargs": {}}',
               '{"cmd": "fail", "kwargs": {}, "result": 1}',
               '{"cmd": "fail", "kwargs": {}, "result": null}',
               '{"cmd": "fail", "kwargs": {}, "result": "relative.json"}',
               '{"cmd": "fail", "kwargs": {}, "result": "/tmp/a\\u0000b"}',
               '{"cmd": "fail", "kwargs": {}, "result": "/%s"}' % ("x" * 5000),
               '{"cmd": 1, "kwargs": {}, "result": "%s"}',
               '{"cmd": "fail", "kwargs": [], "result": "%s"}']
        with Backend(self.project, control=False) as backend:
            for line in bad:
                usable = line.endswith('"%s"}')
                path = backend.result_path()
                backend.send_line(line % path if usable else line)
                if usable:  # its sender is told in the result file, too
                    backend.wait_for_text(MARKER, backend.out.count(MARKER) + 1)
                    self.assertIn('"exc_type": "BadCommand"', path.read_text())
            self.assertEqual("name", backend.call(
                "build_wheel", kwargs={"wheel_directory": "/o"})["return"])
            self.assertEqual(0, backend.leave())
            self.assertEqual(len(bad), backend.err.count(b"Backend: incorrect request to backend: "))
            self.assertIn(b"Backend: incorrect request to backend: bytearray(b'{{')", backend.err)

    def test_r1_9_without_reuse_it_leaves_after_one_command(self):
        with Backend(self.project, control=False, reuse=False) as backend:
            backend.call("build_wheel", kwargs={"wheel_directory": "/o"})
            self.assertEqual(0, backend.process.wait(30))

    def test_w16_the_end_of_stdin_is_a_quiet_end(self):
        with Backend(self.project, control=False) as backend:
            backend.process.stdin.close()
            self.assertEqual(0, backend.process.wait(30))
            self.assertEqual(b"", backend.err)

    def test_a_command_that_was_read_is_answered_though_stdin_has_ended(self):
        with Backend(self.project, control=False, start=False) as backend:
            path = backend.send("build_wheel", kwargs={"wheel_directory": "/o"})
            backend.process.stdin.close()
            backend.wait_for_text(MARKER)
            self.assertIn("name", path.read_text())
            self.assertEqual(0, backend.process.wait(30))

    def test_w16_sigint_while_idle_is_ignored(self):
        with Backend(self.project, control=False) as backend:
            os.kill(backend.process.pid, signal.SIGINT)
            self.assertEqual(0, backend.leave())

    def test_optional_hooks(self):
        with Backend(self.project, control=False) as backend:
            self.assertEqual({"return": {
                "get_requires_for_build_sdist": False,
                "prepare_metadata_for_build_wheel": False,
                "get_requires_for_build_wheel": False,
                "build_editable": False,
                "get_requires_for_build_editable": False,
                "prepare_metadata_for_build_editable": False,
            }}, backend.call("_optional_hooks"))

    def test_w9_the_result_is_never_half_written_nor_through_a_link(self):
        with Backend(self.project, control=False) as backend:
            target = backend.result_path()
            target.write_text("precious")
            link = backend.result_path()
            link.symlink_to(target)
            fifo = backend.result_path()
            os.mkfifo(fifo)
            for bad in (link, fifo, Path("/proc/nowhere/x.json")):
                done = backend.out.count(MARKER)
                backend.send("build_wheel", result=bad, kwargs={"wheel_directory": "/o"})
                backend.wait_for_text(MARKER, done + 1)
            self.assertEqual("precious", target.read_text())
            self.assertEqual(0, backend.leave())
            self.assertEqual(3, backend.err.count(b"Backend: cannot write the response"))


if __name__ == "__main__":
    unittest.main()
