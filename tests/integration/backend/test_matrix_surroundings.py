"""Bad surroundings of axle-backend: group I of the fault matrix."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from backend_driver import DEADLINE, Backend, Project, program  # noqa: E402
from matrix import ISOLATIONS, SANITIZED, MatrixTest  # noqa: E402

STATE = '''
    import os, signal
    def state():
        """Dispositions and the mask as a program that the hook starts would find them."""
        fields = dict(line.split(":\\t") for line in open("/proc/self/status").read().splitlines()
                      if line.startswith("Sig"))
        return [fields["SigIgn"], fields["SigBlk"]]
    def child_state():
        import subprocess
        text = subprocess.run(["grep", "^Sig", "/proc/self/status"], stdout=subprocess.PIPE).stdout
        fields = dict(line.split(":\\t") for line in text.decode().splitlines())
        return [fields["SigIgn"], fields["SigBlk"]]
    def where(): return os.getcwd()
    def slow():
        import select
        select.select([], [], [], 1.5)
        return "slow"
    def forever():
        import threading
        threading.Event().wait()
    def echo(text): return text
'''


class Surroundings(MatrixTest):
    def run_raw(self, prefix, commands, project=None, **options):
        """Runs `prefix` and axle-backend to its end; the ended process and the results."""
        project = project or self.project(STATE)
        folder = tempfile.TemporaryDirectory(prefix="axle-matrix-")
        self.addCleanup(folder.cleanup)
        paths = [Path(folder.name) / f"{number}.json" for number in range(len(commands))]
        lines = [json.dumps({"cmd": cmd, "kwargs": {}, "result": str(path)})
                 for cmd, path in zip(commands, paths)]
        options.setdefault("env", self.environment())
        done = subprocess.run(
            [*prefix, program(), "--python", sys.executable, "--backend-path", project.root,
             "True", "backend"],
            input="".join(line + "\n" for line in lines).encode(), cwd=project.root,
            capture_output=True, timeout=DEADLINE, check=False, **options)
        self.check_nothing_left()
        return done, [json.loads(path.read_text()) if path.exists() else None for path in paths]

    def test_i1_folders_of_the_environment_that_are_not_there(self):
        project = self.project(STATE)
        names = ("HOME", "TMPDIR", "XDG_RUNTIME_DIR", "XDG_CACHE_HOME")
        for value in (None, "", "/dev/null/folder", "/dev/null", "relative", "/dev/" + "x" * 300):
            with self.subTest(value):
                env = {name: text for name, text in self.environment().items()
                       if name not in names}
                if value is not None:
                    env.update(dict.fromkeys(names, value))
                self.check_unharmed(self.backend(project, env=env))

    def test_i1_nothing_in_the_environment_at_all(self):
        done, results = self.run_raw(["env", "-i"], ["ok", "_exit"])
        self.assertEqual([{"return": "ok"}, {"return": 0}], results, done)

    def test_i2_folders_with_bytes_that_are_no_text(self):
        for name in (b"caf\xe9", b"new\nline", b"  ", b"'\"\\", b"\xf0\x9f\x98\x80", b"-rf"):
            for control in (True, False):
                with self.subTest(name, control=control):
                    project = self.project(STATE)
                    root = os.path.join(os.fsencode(project.root), name)
                    os.mkdir(root)
                    shutil.move(project.root / "backend.py", os.fsdecode(root))
                    inner = Project.__new__(Project)
                    inner.root = Path(os.fsdecode(root))
                    env = self.environment(LC_ALL="C", LANG="C")
                    backend = self.backend(inner, control=control, env=env)
                    folder = backend.call("where")["return"]
                    self.assertEqual(root, os.fsencode(folder))
                    path = Path(os.fsdecode(os.path.join(root, b"r\xe9sult\n.json")))
                    self.assertEqual({"return": "ok"}, backend.call("ok", result=path))
                    text = os.fsdecode(b"\xe9\n")
                    self.assertEqual({"return": text}, backend.call("echo", kwargs={"text": text}))
                    self.check_unharmed(backend)

    def test_i3_the_first_three_descriptors_are_closed(self):
        project = self.project('''
            import os
            def links(): return [os.readlink(f"/proc/self/fd/{fd}") for fd in range(3)]
        ''')
        folder = tempfile.TemporaryDirectory(prefix="axle-matrix-")
        self.addCleanup(folder.cleanup)
        lines = "".join(json.dumps({"cmd": cmd, "kwargs": {}, "result": f"{folder.name}/{cmd}"})
                        + "\n" for cmd in ("ok", "links", "_exit"))
        arguments = [program(), "--python", sys.executable, "--backend-path", project.root,
                     "True", "backend"]
        for closing in (">&-", "2>&-", ">&- 2>&-"):
            with self.subTest(closing):
                done = subprocess.run(["sh", "-c", f'exec "$0" "$@" {closing}', *arguments],
                                      input=lines.encode(), cwd=project.root, timeout=DEADLINE,
                                      env=self.environment(), capture_output=True, check=False)
                self.assertEqual(0, done.returncode, done)
                answers = {name: json.loads((Path(folder.name) / name).read_text())["return"]
                           for name in os.listdir(folder.name)}
                self.assertEqual(("ok", 0), (answers["ok"], answers["_exit"]))
                self.assertEqual("/dev/null", answers["links"][0])
                for name in os.listdir(folder.name):
                    os.unlink(os.path.join(folder.name, name))
                self.check_nothing_left()
        with self.subTest("<&-"):  # there are no commands, so it leaves
            done = subprocess.run(["sh", "-c", 'exec "$0" "$@" <&- >&- 2>&-', *arguments],
                                  cwd=project.root, timeout=DEADLINE, env=self.environment(),
                                  check=False)
            self.assertEqual(0, done.returncode)
            self.check_nothing_left()

    def test_i4_a_clock_that_jumps_moves_no_deadline(self):
        if SANITIZED:
            self.skipTest("nothing can be preloaded before a sanitizer's runtime")
        project = self.project(STATE)
        env = self.environment(LD_PRELOAD=os.environ["AXLE_CLOCK_JUMPS"])
        for isolation in ISOLATIONS:
            with self.subTest(isolation):
                backend = self.backend(project, isolation, env=env)
                self.assertEqual({"return": "slow"}, backend.call("slow", x_timeout_s=60))
                beats = [event for event in backend.dropped if event["event"] == "heartbeat"]
                self.assertTrue(all(beat["elapsed_s"] < 60 for beat in beats), beats)
                answer = backend.call("forever", x_timeout_s=0.2)
                self.assertTrue(answer["x_timed_out"])
                self.check_unharmed(backend)

    def test_i5_dispositions_and_masks_of_the_parent_are_not_the_hooks(self):
        project = self.project(STATE)
        expected = {}
        for isolation in ISOLATIONS:
            backend = self.backend(project, isolation)
            expected[isolation] = backend.call("state"), backend.call("child_state")
            self.check_unharmed(backend)

        everything = signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}

        def ignore_all():
            for number in everything:
                signal.signal(number, signal.SIG_IGN)

        def block_all():
            signal.pthread_sigmask(signal.SIG_BLOCK, everything)

        popen = subprocess.Popen
        for spoil in (ignore_all, block_all):
            for isolation in ISOLATIONS:
                with self.subTest(spoil.__name__, isolation=isolation):
                    try:
                        subprocess.Popen = lambda *a, **k: popen(*a, preexec_fn=spoil, **k)
                        backend = Backend(project, env=self.environment(),
                                          options=["--hook-isolation", isolation])
                    finally:
                        subprocess.Popen = popen
                    self.addCleanup(backend.close)
                    backend.descriptors = 1 << 20
                    self.assertEqual(expected[isolation],
                                     (backend.call("state"), backend.call("child_state")))
                    answer = backend.call("forever", x_timeout_s=0.2)
                    self.assertTrue(answer["x_timed_out"])
                    self.check_unharmed(backend)

    def test_i6_the_source_tree_is_removed_under_the_backend(self):
        for isolation in ISOLATIONS:
            for control in (True, False):
                with self.subTest(isolation=isolation, control=control):
                    project = self.project("import os\ndef where(): return os.getcwd()\n")
                    backend = self.backend(project, isolation, control=control)
                    shutil.rmtree(project.root)
                    answer = backend.call("where")
                    if isolation == "inline":  # imported before
                        self.check_failure(answer, 1, "FileNotFoundError")
                    else:
                        self.assertIn("exc_type", answer)
                        self.assertTrue(answer["exc_msg"])
                    self.assertEqual(0, backend.leave())
                    self.check_nothing_left()

    def test_i6_a_folder_for_the_hook_that_is_not_there(self):
        backend = self.backend(self.project(STATE))
        answer = backend.call("where", x_cwd="/no/such/folder")
        self.check_failure(answer, 1, "FileNotFoundError", "/no/such/folder")
        self.check_unharmed(backend)

    def test_i7_proc_is_missing(self):
        probe = subprocess.run(["unshare", "-m", "mount", "-t", "tmpfs", "axle", "/proc"],
                               capture_output=True, check=False)
        if probe.returncode != 0:
            self.skipTest(f"no namespace of mounts: {probe.stderr.decode().strip()}")
        done, results = self.run_raw(
            ["unshare", "-m", "sh", "-c", 'mount -t tmpfs axle /proc && exec "$0" "$@"'],
            ["ok", "ok", "_exit"])
        self.assertEqual([{"return": "ok"}, {"return": "ok"}, {"return": 0}], results, done)
        if not SANITIZED:  # the leak detector needs /proc at the end
            self.assertEqual(0, done.returncode)

    def test_i7_pidfd_open_is_refused(self):
        if shutil.which("strace") is None:
            self.skipTest("there is no strace")
        done, results = self.run_raw(
            ["strace", "-qq", "-o", "/dev/null", "-e", "trace=pidfd_open",
             "-e", "inject=pidfd_open:error=ENOSYS"], ["ok", "_exit"])
        # It needs them, and says so.
        self.assertEqual((1, [None, None]), (done.returncode, results), done)
        self.assertIn(b"failed to start backend", done.stderr)
        self.assertRegex(done.stderr, b"pidfd_open|Function not implemented")


if __name__ == "__main__":
    unittest.main()
