"""How axle-backend starts, and what it says where it cannot."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from backend_driver import Backend, Project, program  # noqa: E402
from sanitizer import WITHOUT_LEAK_DETECTOR  # noqa: E402


class Start(unittest.TestCase):
    def start(self, source, **options):
        project = Project(source)
        self.addCleanup(project.close)
        backend = Backend(project, start=False, **options)
        self.addCleanup(backend.close)
        return backend

    def test_r1_6_a_failed_import_is_announced(self):
        sources = {
            "import no_such_module": "ModuleNotFoundError",
            "def x(:": "SyntaxError",
            "raise SystemExit(0)": "SystemExit",
            "import os; os._exit(0)": "BackendDied",
            "import os; os.abort()": "BackendDied",
            "raise KeyboardInterrupt": "KeyboardInterrupt",
        }
        for source, exc_type in sources.items():
            for in_tree in (True, False):
                with self.subTest(source, in_tree=in_tree):
                    env = dict(os.environ)
                    backend = self.start(source, in_tree=in_tree, env=env,
                                         module="backend" if in_tree else "backend_oot")
                    if not in_tree:
                        continue
                    event = backend.event("failed_to_start")
                    self.assertEqual(exc_type, event["failure"]["exc_type"], event)
                    self.assertEqual(1, backend.process.wait(30))

    def test_r1_6_the_text_is_that_of_pyproject_api(self):
        backend = self.start("import no_such_module", control=False)
        self.assertEqual(1, backend.process.wait(30))
        err = backend.process.stderr.read().decode()
        self.assertIn("failed to start backend", err)
        self.assertIn("ModuleNotFoundError: No module named 'no_such_module'", err)

    def test_a_module_that_is_not_there(self):
        backend = self.start("", in_tree=False, module="no.such.backend")
        event = backend.event("failed_to_start")
        self.assertEqual("ModuleNotFoundError", event["failure"]["exc_type"])
        self.assertEqual(1, backend.process.wait(30))

    def test_e5_an_interpreter_that_cannot_be_run(self):
        bad = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="axle-test-"))) / "python"
        bad.write_text("not a program")
        bad.chmod(0o755)
        plain = bad.with_name("plain")
        plain.write_text("")
        for python in ("/no/such/python", "no-such-python", str(bad), str(plain)):
            with self.subTest(python):
                backend = self.start("", python=python)
                event = backend.event("failed_to_start")
                self.assertIn(python, event["failure"]["exc_msg"])
                self.assertEqual(1, backend.process.wait(30))

    def test_e2_an_interpreter_that_dies_while_it_is_told_what_to_do(self):
        if shutil.which("strace") is None:
            self.skipTest("there is no strace")
        if subprocess.run(["strace", "-qq", "-o", "/dev/null", "true"], stderr=subprocess.DEVNULL,
                          check=False).returncode != 0:
            self.skipTest("strace cannot trace")
        place = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="axle-test-")))
        # It has closed its end before the command is written, and dies a moment after that.
        dying = place / "python"
        dying.write_text(textwrap.dedent(f"""\
            #!{sys.executable}
            import os, select, signal, socket
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            control = socket.socket(fileno=4)
            while not control.recv(65536).endswith(b"\\n"): pass
            control.sendall(b'{{"op": "started", "hooks": ["build_wheel"], "threads": 1}}\\n')
            control.recv(1)
            control.close()
            select.select([], [], [], 0.02)
            os.kill(os.getpid(), signal.SIGINT)
        """))
        dying.chmod(0o755)
        result = place / "result.json"
        done = subprocess.run(
            ["strace", "-qq", "-o", "/dev/null", "-e", "trace=sendto", "-e",
             "inject=sendto:delay_enter=500000", program(), "--python", dying, "False", "backend"],
            input=json.dumps({"cmd": "build_wheel", "kwargs": {}, "result": str(result)}) + "\n",
            capture_output=True, text=True, timeout=60, check=False,
            env={**os.environ, **WITHOUT_LEAK_DETECTOR})
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertIn("was killed by SIGINT", json.loads(result.read_text())["exc_msg"])

    def test_c5_a_backend_with_threads_gets_fresh_processes_and_says_so(self):
        project = Project('''
            import os, threading
            threading.Thread(target=threading.Event().wait, daemon=True).start()
            def tell(): return os.getpid()
        ''')
        self.addCleanup(project.close)
        env = {**os.environ, "PYTHONPATH": str(project.root)}
        with Backend(project, in_tree=False, env=env) as backend:
            self.assertEqual("fresh", backend.started["hook_isolation"])
            self.assertIn("thread", backend.dropped[0]["text"])
            pids = {backend.call("tell")["return"] for _ in range(3)}
            self.assertEqual(3, len(pids))

    def test_pythonpath_is_honoured_and_the_source_tree_is_not_on_sys_path(self):
        project = Project('''
            import sys
            def tell(): return sys.path
        ''')
        self.addCleanup(project.close)
        elsewhere = self.enterContext(tempfile.TemporaryDirectory(prefix="axle-test-"))
        os.rename(project.root / "backend.py", Path(elsewhere) / "backend.py")
        with Backend(project, in_tree=False, env={**os.environ, "PYTHONPATH": elsewhere}) as backend:
            path = backend.call("tell")["return"]
        self.assertIn(elsewhere, path)
        self.assertNotIn("", path)
        self.assertNotIn(str(project.root), path)


if __name__ == "__main__":
    unittest.main()
