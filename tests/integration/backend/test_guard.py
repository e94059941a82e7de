"""`axle-backend --guard`: a program that is run for a caller, and of which nothing outlives it."""

import os
import signal
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from backend_driver import program, wait_gone  # noqa: E402

DEADLINE = 60
RUN = """
import os, subprocess, sys
subprocess.run([str(os.getpid()) if word == "{me}" else word for word in sys.argv[1:]])
"""
TELL = """
import os, resource, signal, subprocess, sys
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
def tell(*what): print(*what, flush=True)
"""


class Guard(unittest.TestCase):
    def start(self, script, **options):
        process = subprocess.Popen(
            [program(), "--guard", str(os.getpid()), sys.executable, "-c", TELL + script], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
            **options)
        self.addCleanup(self.end, process)
        return process

    def end(self, process):
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(DEADLINE)
        for stream in (process.stdin, process.stdout, process.stderr):
            stream.close()

    def run_to_end(self, script):
        process = self.start(script)
        out, err = process.communicate(timeout=DEADLINE)
        return process.returncode, out, err

    def pids(self, process):
        return [int(word) for word in process.stdout.readline().split()]

    def test_the_program_ends_as_it_would_without(self):
        self.assertEqual((0, "out\n", "err"), self.run_to_end("tell('out'); sys.stderr.write('err')"))
        self.assertEqual((7, "", ""), self.run_to_end("sys.exit(7)"))
        self.assertEqual((0, "''\n", ""), self.run_to_end("tell(repr(sys.stdin.read()))"))
        for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGSEGV):
            self.assertEqual((-number, "", ""), self.run_to_end(f"os.kill(os.getpid(), {number:d})"))

    def test_e5_a_program_that_is_not_there(self):
        done = subprocess.run([program(), "--guard", str(os.getpid()), "/nonexistent/uv", "x"], capture_output=True,
                              text=True, timeout=DEADLINE, check=False)
        self.assertEqual(74, done.returncode)
        self.assertIn("/nonexistent/uv", done.stderr)
        for words in ([], ["uv"], ["/usr/bin/uv"], ["1", "uv"]):
            done = subprocess.run([program(), "--guard", *words], capture_output=True, text=True,
                                  timeout=DEADLINE, check=False)
            self.assertEqual(2, done.returncode)
            self.assertIn("--guard needs the number of the caller and the path", done.stderr)

    def test_f1_all_of_it_ends_with_the_caller(self):
        # The caller is a process of its own, which is killed; the program has a child in its group,
        # one in a session of its own, and one whose parent has ended.
        script = TELL + """
signal.signal(signal.SIGTERM, signal.SIG_IGN)
sleep = ["sleep", "1000"]
pids = [subprocess.Popen(sleep).pid, subprocess.Popen(sleep, start_new_session=True).pid]
orphan = subprocess.run(["sh", "-c", "setsid sleep 1000 >/dev/null 2>&1 & echo $!"], stdout=subprocess.PIPE, text=True)
tell(os.getpid(), os.getppid(), *pids, orphan.stdout.strip())
signal.pause()
"""
        caller = subprocess.Popen(
            [sys.executable, "-c", RUN, program(), "--guard", "{me}", sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
        self.addCleanup(caller.stdout.close)
        pids = [int(word) for word in caller.stdout.readline().split()]
        self.assertEqual(5, len(pids))
        caller.kill()
        caller.wait(DEADLINE)
        for pid in pids:
            wait_gone(pid)

    def test_f1_for_a_caller_that_is_gone_nothing_is_started(self):
        gone = subprocess.Popen(["true"])
        gone.wait(DEADLINE)
        for caller in (gone.pid, os.getppid()):
            done = subprocess.run([program(), "--guard", str(caller), "/bin/echo", "started"],
                                  capture_output=True, timeout=DEADLINE, check=False)
            self.assertEqual((-signal.SIGKILL, b"", b""), (done.returncode, done.stdout, done.stderr))

    def test_e1_the_program_ends_with_its_guard(self):
        process = self.start("tell(os.getpid()); signal.pause()")
        pid, = self.pids(process)
        process.kill()
        process.wait(DEADLINE)
        wait_gone(pid)

    def test_l2_the_program_judges_what_ends_its_group(self):
        process = self.start("""
def leave(*_): tell("asked"); sys.exit(5)
signal.signal(signal.SIGTERM, leave)
tell(os.getpid())
while True: signal.pause()
""")
        self.pids(process)
        os.killpg(process.pid, signal.SIGTERM)
        out, _ = process.communicate(timeout=DEADLINE)
        self.assertEqual((5, "asked\n"), (process.returncode, out))

    def test_n6_what_the_program_leaves_behind_is_killed_and_named(self):
        code, out, err = self.run_to_end(
            "tell(subprocess.Popen(['sleep', '1000'], start_new_session=True, "
            "stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).pid)")
        self.assertEqual(0, code)
        wait_gone(int(out))
        self.assertIn(f"left processes behind, which were killed: sleep (pid {int(out)})", err)


if __name__ == "__main__":
    unittest.main(verbosity=2)
