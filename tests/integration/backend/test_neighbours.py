"""axle-backend beside those who mean it no good, or mean nothing at all: other processes of the same
user, hooks that look around, frontends that write and do not read."""

import errno
import json
import os
import re
import resource
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import textwrap
import threading
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from backend_driver import (  # noqa: E402
    DEADLINE, MARKER, Backend, BackendTest, Project, program, wait_gone,
)
from sanitizer import GREED  # noqa: E402

SECRET = "correct-horse-battery-staple"
SYSTEM_PYTHON = "/usr/bin/python3"
NOBODY = 65534


def processes_below(pid):
    """`pid` and all its descendants."""
    found = [pid]
    for one in found:
        try:
            children = Path(f"/proc/{one}/task/{one}/children").read_text().split()
        except FileNotFoundError:
            continue
        found += [int(child) for child in children]
    return found


class Frontends(BackendTest):
    def test_f2_the_frontend_dies_and_standard_input_stays_open(self):
        project = Project("def build_wheel(): return 1")
        self.addCleanup(project.close)
        commands, commands_end = os.pipe()
        parent = subprocess.Popen(
            [sys.executable, "-c", (
                "import os, subprocess, sys\n"
                "child = subprocess.Popen(sys.argv[1:], stdin=0, stdout=1)\n"
                "print('pid', child.pid, flush=True)\n"
                "child.wait()\n"),
             program(), "--python", sys.executable, "--backend-path", ".", "True", "backend"],
            cwd=project.root, stdin=commands, stdout=subprocess.PIPE)
        os.close(commands)
        self.addCleanup(os.close, commands_end)  # held open: no end of file tells anybody
        self.addCleanup(parent.stdout.close)
        told = b""
        while b"started backend" not in told or b"pid " not in told:
            line = parent.stdout.readline()
            self.assertTrue(line, told)
            told += line
        host = int(re.search(rb"pid (\d+)", told)[1])
        parent.kill()
        parent.wait()
        wait_gone(host, 10)

    def test_j6_k5_a_frontend_that_floods_and_does_not_read(self):
        backend = self.backend("def build_wheel(): return 1")
        backend.control.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        count = 4_000
        path = str(backend.result_path())
        line = '{"cmd": "_optional_hooks", "kwargs": {}, "result": %s, "x_id": %d}\n'
        text = "".join(line % (json.dumps(path), one) for one in range(1, count + 1)).encode()
        before = cpu_of(backend.process.pid)
        writer = threading.Thread(target=lambda: (
            backend.process.stdin.write(text), backend.process.stdin.flush()))
        writer.start()
        writer.join(DEADLINE)  # none of the events is read until all is written
        self.assertFalse(writer.is_alive(), "a frontend that only writes is held up for ever")
        answered = [backend.event("finished", 120)["id"] for _ in range(count)]
        self.assertEqual(list(range(1, count + 1)), answered)
        self.assertLess(peak_of(backend.process.pid), 256 << 20)
        self.assertLess(cpu_of(backend.process.pid) - before, 60)
        self.assertEqual({"return": 1}, backend.call("build_wheel"))
        self.assertEqual(0, backend.leave())

    def test_j6_waiting_for_a_reader_costs_no_time_of_the_processor(self):
        backend = self.backend("def build_wheel(): return 1")
        backend.control.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        junk = b"[1]\n" * 20_000
        backend.process.stdin.write(junk)
        backend.process.stdin.flush()
        # A command that is accepted only once all these rejections are read. It waits, and does
        # not turn in circles: the time that the process takes does not grow.
        backend.send("build_wheel")
        settled = idle_cpu(backend.process.pid)
        self.assertLess(settled, 0.2)
        rejected = 0
        while rejected < 20_000:
            backend.event("rejected", 120)
            rejected += 1
        backend.event("finished")

    def test_m7_half_a_line_and_a_line_without_end(self):
        backend = self.backend("def build_wheel(): return 1", control=False)
        backend.process.stdin.write(b'{"cmd": "build_')
        backend.process.stdin.flush()
        self.assertIsNone(backend.process.poll())
        chunk = b"x" * (1 << 20)
        for _ in range(40):  # more than any command may be
            backend.process.stdin.write(chunk)
        backend.process.stdin.write(b"\n")
        backend.process.stdin.flush()
        self.assertEqual({"return": 1}, backend.call("build_wheel"))
        self.assertLess(peak_of(backend.process.pid), GREED * 128 << 20)
        self.assertEqual(0, backend.leave())


def peak_of(pid):
    """The most memory that the process has had, in bytes."""
    return int(re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())[1]) << 10


def cpu_of(pid):
    """Seconds of the processor."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def idle_cpu(pid, seconds=1.0):
    """How many seconds of the processor it takes in a while in which it has nothing to do."""
    before = cpu_of(pid)
    last = before
    for _ in range(60):
        # The while itself is the measure here, so that it is waited for.
        threading.Event().wait(seconds)
        now = cpu_of(pid)
        if now - last < 0.2:
            return now - last
        last = now
    return now - before


class Onlookers(BackendTest):
    LOOKING = '''
        import os, time
        def build_wheel(config_settings=None):
            print("running", flush=True)
            time.sleep(600)
        def fine(): return "fine"
    '''

    def run_a_hook(self, **options):
        backend = self.backend(self.LOOKING, **options)
        backend.send("build_wheel", kwargs={"config_settings": {"token": SECRET}})
        backend.wait_for_text(b"running")
        return backend

    def test_m5_no_socket_has_a_name(self):
        backend = self.run_a_hook()
        inodes = set()
        for pid in processes_below(backend.process.pid):
            for fd in Path(f"/proc/{pid}/fd").iterdir():
                try:
                    found = re.fullmatch(r"socket:\[(\d+)\]", os.readlink(fd))
                except FileNotFoundError:
                    continue
                if found:
                    inodes.add(found[1])
        self.assertTrue(inodes)
        for line in Path("/proc/net/unix").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[6] in inodes:
                self.assertEqual(7, len(fields), line)

    def test_m6_secrets_are_in_no_command_line_and_in_no_file_of_others(self):
        for control in (True, False):
            with self.subTest(control=control):
                backend = self.run_a_hook(control=control)
                for pid in processes_below(backend.process.pid):
                    arguments = Path(f"/proc/{pid}/cmdline").read_bytes()
                    self.assertNotIn(SECRET.encode(), arguments)
                self.assertNotIn(SECRET.encode(), backend.out + backend.err)
                backend.close()

    def test_m6_a_result_can_be_read_by_its_owner_alone(self):
        backend = self.backend(self.LOOKING)
        os.chmod(backend.results.name, 0o755)
        old = os.umask(0)
        try:
            path = backend.send("fine")
            backend.event("finished")
        finally:
            os.umask(old)
        self.assertEqual(0o600, stat.S_IMODE(path.stat().st_mode))

    def as_nobody(self, source, *isolation):
        """What the hook `attack` returns where a user without any rights runs axle-backend."""
        if os.geteuid() != 0 or not shutil.which("setpriv"):
            self.skipTest("only root can become nobody")
        with tempfile.TemporaryDirectory(prefix="axle-nobody-", dir="/tmp") as folder:
            os.chown(folder, NOBODY, NOBODY)
            copy = shutil.copy(program(), folder)
            Path(folder, "backend.py").write_text(textwrap.dedent(source))
            os.mkdir(f"{folder}/results")
            os.chown(f"{folder}/results", NOBODY, NOBODY)
            command = {"cmd": "attack", "kwargs": {}, "result": f"{folder}/results/1.json"}
            ran = subprocess.run(
                ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", copy,
                 "--python", SYSTEM_PYTHON, "--backend-path", ".", *isolation, "False", "backend"],
                cwd=folder, env={"PATH": "/usr/bin:/bin", "HOME": folder, "TMPDIR": folder},
                input=json.dumps(command).encode() + b"\n", capture_output=True, timeout=DEADLINE,
                check=False)
            self.assertIn(MARKER, ran.stdout, ran)
            return json.loads(Path(command["result"]).read_text())

    @unittest.skipIf(os.environ.get("AXLE_SANITIZE"), "the leak detector has to trace")
    def test_n7_m6_hooks_cannot_trace_axle_backend_nor_read_its_memory(self):
        told = self.as_nobody('''
            import ctypes, os
            def host_of(pid):
                return int(open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[1])
            def attack():
                host = host_of(os.getppid())
                told = {"name": open(f"/proc/{host}/comm").read().strip()}
                for name in ("mem", "environ", "maps"):
                    try:
                        open(f"/proc/{host}/{name}", "rb").close()
                        told[name] = "open"
                    except OSError as error:
                        told[name] = error.errno
                libc = ctypes.CDLL(None, use_errno=True)
                told["trace"] = ctypes.get_errno() if libc.ptrace(16, host, 0, 0) else 0
                return told
        ''')
        self.assertEqual({"name": "axle-backend", "mem": errno.EACCES, "environ": errno.EACCES,
                          "maps": errno.EACCES, "trace": errno.EPERM}, told["return"])

    def test_d3_a_user_without_rights_may_close_every_descriptor_too(self):
        for isolation in ("forked", "inline", "fresh"):
            with self.subTest(isolation):
                self.assertEqual({"return": "closed"}, self.as_nobody('''
                    import os
                    def attack():
                        os.closerange(0, os.sysconf("SC_OPEN_MAX"))
                        return "closed"
                ''', "--hook-isolation", isolation))

    def test_n7_a_hook_that_kills_axle_backend_is_seen(self):
        backend = self.backend('''
            import os, signal
            def murder(host):
                os.kill(host, signal.SIGKILL)
        ''')
        backend.send("murder", kwargs={"host": backend.process.pid})
        self.assertEqual(-signal.SIGKILL, backend.process.wait(DEADLINE))

    def test_n8_a_hook_cannot_poison_the_next_one(self):
        for isolation in ("forked", "fresh"):
            with self.subTest(isolation):
                project = Project('''
                    import builtins, json, os, sys
                    def poison():
                        sys.modules["json"] = sys.modules["os"] = None
                        sys.meta_path.clear()
                        sys.path[:] = ["/nowhere"]
                        builtins.open = builtins.__import__ = None
                        os.environ["PYTHONSTARTUP"] = "/nowhere/poison.py"
                        globals()["look"] = lambda: "poisoned"
                        return "poisoned"
                    def look():
                        import decimal
                        return [sys.modules["json"] is json, bool(sys.meta_path), "/nowhere" in sys.path,
                                open is not None, os.environ.get("PYTHONSTARTUP")]
                ''')
                self.addCleanup(project.close)
                # Also where the warm interpreter has imported the backend itself.
                for in_tree in (True, False):
                    env = {**os.environ, "PYTHONPATH": str(project.root)}
                    env.pop("PYTHONSTARTUP", None)
                    backend = Backend(project, in_tree=in_tree, env=env,
                                      options=["--hook-isolation", isolation])
                    self.addCleanup(backend.close)
                    self.assertEqual({"return": "poisoned"}, backend.call("poison"))
                    self.assertEqual({"return": [True, True, False, True, None]},
                                     backend.call("look"))


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    unittest.main()
