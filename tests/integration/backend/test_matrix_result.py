"""Result files that cannot be written, and a host that dies over one: group H of the fault matrix."""

import json
import os
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from backend_driver import DEADLINE, MARKER, program  # noqa: E402
from matrix import MatrixTest  # noqa: E402
from sanitizer import WITHOUT_LEAK_DETECTOR  # noqa: E402

SOURCE = '''
    def large(size): return "x" * size
    def fails(): raise ValueError("this must not be lost")
'''


class Result(MatrixTest):
    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory(prefix="axle-matrix-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def check_undelivered(self, backend, path, cmd="ok", **kwargs):
        """The command is told as done without its file, which is as it was; returns the event."""
        if backend.control:
            backend.send(cmd, result=path, kwargs=kwargs)
            event = backend.event("finished")
            self.assertIn(os.fsencode(path), os.fsencode(event["trouble"]))
            self.assertIn("undelivered", event)
            return event["undelivered"]
        done = backend.out.count(MARKER)
        backend.send(cmd, result=path, kwargs=kwargs)
        backend.wait_for_text(MARKER, done + 1)
        deadline = time.monotonic() + DEADLINE
        while b"Backend: cannot write the response: " not in backend.err:
            backend.pump(deadline)
        backend.output[backend.process.stderr.fileno()] = b""
        return None

    def backends(self, source=SOURCE):
        project = self.project(source)
        for control in (True, False):  # one after another
            yield self.backend(project, control=control)

    def test_h2_w2_a_full_disk(self):
        full = self.folder / "full"
        full.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8k", "axle", full],
                                 check=False, capture_output=True)
        if mounted.returncode != 0:
            self.skipTest(f"no small file system: {mounted.stderr.decode().strip()}")
        self.addCleanup(subprocess.run, ["umount", full], check=True)
        for backend in self.backends():
            with self.subTest(control=bool(backend.control)):
                told = self.check_undelivered(backend, full / "a.json", "large", size=100_000)
                self.assertIn(told, (None, {"return": "x" * 100_000}))
                self.assertEqual([], os.listdir(full))
                small = full / "small.json"
                self.assertEqual({"return": "x"}, backend.call("large", result=small,
                                                               kwargs={"size": 1}))
                small.unlink()
                self.check_unharmed(backend)

    def test_h2_a_file_that_may_not_grow(self):
        for backend in self.backends():
            with self.subTest(control=bool(backend.control)):
                resource.prlimit(backend.process.pid, resource.RLIMIT_FSIZE, (4096, 4096))
                path = self.folder / "long.json"
                told = self.check_undelivered(backend, path, "large", size=100_000)
                self.assertIn(told, (None, {"return": "x" * 100_000}))
                self.assertEqual([], os.listdir(self.folder))
                self.check_unharmed(backend)

    def test_h2_an_outcome_without_a_file_keeps_its_error(self):
        backend = self.backend(self.project(SOURCE))
        told = self.check_undelivered(backend, self.folder / "none/x.json", "fails")
        self.check_failure(told, 1, "ValueError", "this must not be lost")
        self.check_unharmed(backend)

    def test_h3_a_folder_that_is_gone_or_no_folder(self):
        for backend in self.backends('''
            import os, shutil
            def remove(folder): shutil.rmtree(folder)
            def replace(folder):
                shutil.rmtree(folder)
                open(folder, "w").close()
        '''):
            for cmd in ("remove", "replace"):
                with self.subTest(cmd, control=bool(backend.control)):
                    results = self.folder / "results"
                    results.mkdir()
                    # It goes while the hook runs.
                    self.check_undelivered(backend, results / "x.json", cmd, folder=str(results))
                    if results.exists():
                        results.unlink()
            self.check_unharmed(backend)

    def test_h3_a_folder_that_is_read_only(self):
        results = self.folder / "results"
        results.mkdir()
        bound = subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "axle", results],
                               check=False, capture_output=True)
        if bound.returncode != 0:
            self.skipTest(f"no read-only file system: {bound.stderr.decode().strip()}")
        self.addCleanup(subprocess.run, ["umount", results], check=True)
        for backend in self.backends():
            with self.subTest(control=bool(backend.control)):
                self.check_undelivered(backend, results / "x.json")
                self.check_unharmed(backend)

    def test_h4_what_stands_where_the_result_should(self):
        for backend in self.backends():
            precious = self.folder / "precious"
            precious.write_text("precious")
            file, link, fifo, device, folder, unix = (
                self.folder / name for name in ("file", "link", "fifo", "device", "folder", "unix"))
            file.write_text("old")
            link.symlink_to(precious)
            os.mkfifo(fifo)
            folder.mkdir()
            bound = socket.socket(socket.AF_UNIX)
            bound.bind(str(unix))
            refused = [link, fifo, folder, unix, Path("/dev/null")]
            try:
                os.mknod(device, 0o600 | 0o020000, os.makedev(1, 3))
                refused.append(device)
            except PermissionError:
                pass  # only for root
            for path in refused:
                with self.subTest(path.name, control=bool(backend.control)):
                    before = path.lstat()
                    self.check_undelivered(backend, path)
                    after = path.lstat()
                    self.assertEqual((before.st_ino, before.st_mode), (after.st_ino, after.st_mode))
            self.assertEqual({"return": "ok"}, backend.call("ok", result=file))
            self.assertEqual("precious", precious.read_text())
            self.check_unharmed(backend)
            bound.close()
            shutil.rmtree(self.folder)
            self.folder.mkdir()

    def test_h5_w12_w13_paths_that_are_none(self):
        bad = ['1', 'null', '[]', '{}', 'true', '""', '"relative.json"', '"./x.json"',
               '"/tmp/a\\u0000b"', json.dumps("/" + "x/" * 3000 + "y.json"), '"/tmp/\\ud800"']
        for backend in self.backends():
            for path in bad:
                with self.subTest(path[:20], control=bool(backend.control)):
                    line = f'{{"cmd": "ok", "kwargs": {{}}, "result": {path}, "x_id": 77}}'
                    if backend.control:
                        backend.send_line(line)
                        self.assertTrue(backend.event("rejected")["reason"])
                    else:
                        told = backend.err.count(b"incorrect request")
                        backend.send_line(line)
                        deadline = time.monotonic() + DEADLINE
                        while backend.err.count(b"incorrect request") == told:
                            backend.pump(deadline)
            self.check_unharmed(backend)

    def test_h5_names_that_are_too_long_for_the_file_system(self):
        for backend in self.backends():
            with self.subTest(control=bool(backend.control)):
                self.check_undelivered(backend, self.folder / ("x" * 300))
                self.check_unharmed(backend)

    def test_h1_killed_at_each_step_of_writing_the_file_is_whole_or_absent(self):
        if shutil.which("strace") is None:
            self.skipTest("there is no strace")
        project = self.project(SOURCE)
        size = 50_000
        whole = {"return": "x" * size}
        calls = ("openat", "fchmod", "write", "renameat", "sendto")
        for call in calls:
            deaths = 0
            for when in range(1, 200):
                path = self.folder / f"{call}-{when}.json"
                died = self.kill_at(project, call, when, path, size)
                self.assertEqual([], [name for name in os.listdir(self.folder)
                                      if name.endswith(".json") and name != path.name])
                if path.exists():
                    self.assertEqual(whole, json.loads(path.read_text()))
                    path.unlink()
                for leftover in self.folder.iterdir():  # under its temporary name
                    self.assertTrue(leftover.name.startswith(".axle-"), leftover)
                    leftover.unlink()
                self.check_nothing_left()
                if not died:
                    break
                deaths += 1
            with self.subTest(call):
                self.assertFalse(died, f"still killed at {call} number {when}")
                self.assertGreater(deaths, 0)

    def kill_at(self, project, call, when, path, size):
        """Runs a host to its end, killed at the call of that number; whether it was killed."""
        lines = [{"cmd": "large", "kwargs": {"size": size}, "result": str(path)},
                 {"cmd": "_exit", "kwargs": {}, "result": str(path) + ".exit"}]
        done = subprocess.run(
            ["strace", "-qq", "-o", "/dev/null", "-e", f"trace={call}",
             "-e", f"inject={call}:signal=KILL:when={when}", program(),
             "--python", sys.executable, "--backend-path", project.root, "True", "backend"],
            input="".join(json.dumps(line) + "\n" for line in lines).encode(),
            cwd=project.root, env=self.environment(**WITHOUT_LEAK_DETECTOR),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=DEADLINE, check=False)
        Path(str(path) + ".exit").unlink(missing_ok=True)
        return done.returncode != 0


if __name__ == "__main__":
    unittest.main()
