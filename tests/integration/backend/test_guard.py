"""`axle-backend --guard`: a program that is run for a caller, and of which nothing outlives it."""

import json
import os
import signal
import socket
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from backend_driver import program, wait_gone  # noqa: E402

DEADLINE = 60
TELL = """
import os, resource, signal, subprocess, sys
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
def tell(*what): print(*what, flush=True)
"""
# It has a child in its group, one in a session of its own, and one whose parent has ended.
FAMILY = """
sleep = ["sleep", "1000"]
pids = [subprocess.Popen(sleep).pid, subprocess.Popen(sleep, start_new_session=True).pid]
orphan = subprocess.run(["sh", "-c", "setsid sleep 1000 >/dev/null 2>&1 & echo $!"],
                        stdout=subprocess.PIPE, text=True)
tell(os.getpid(), os.getppid(), *pids, orphan.stdout.strip())
"""


class Guard(unittest.TestCase):
    def start(self, *words, **options):
        """The guard of a program, and our end of its socket."""
        ours, theirs = socket.socketpair()
        self.addCleanup(ours.close)
        with theirs:
            process = subprocess.Popen(
                [program(), "--guard", str(theirs.fileno()), *words], stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                pass_fds=[theirs.fileno()], start_new_session=True, **options)
        self.addCleanup(self.end, process)
        ours.settimeout(DEADLINE)
        return process, ours

    def start_script(self, script):
        return self.start(sys.executable, "-c", TELL + script)

    def end(self, process):
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(DEADLINE)
        for stream in (process.stdin, process.stdout, process.stderr):
            stream.close()

    def pids(self, process):
        return [int(word) for word in process.stdout.readline().split()]

    def report(self, process, control):
        """What it tells, once it has left; with what it has printed."""
        out, err = process.communicate(timeout=DEADLINE)
        self.assertEqual(0, process.returncode, err)
        with control.makefile() as lines:
            line, = lines
        return json.loads(line), out, err

    def ended(self, script):
        report, out, err = self.report(*self.start_script(script))
        self.assertEqual(([], []), (report["killed"], report["left"]))
        return report["signal"] or report["code"], out, err

    def test_the_program_ends_as_it_would_without(self):
        self.assertEqual((0, "out\n", "err"), self.ended("tell('out'); sys.stderr.write('err')"))
        self.assertEqual((7, "", ""), self.ended("sys.exit(7)"))
        self.assertEqual((0, "''\n", ""), self.ended("tell(repr(sys.stdin.read()))"))
        for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGSEGV):
            self.assertEqual((number, "", ""), self.ended(f"os.kill(os.getpid(), {number:d})"))

    def test_the_program_has_nothing_of_the_socket(self):
        self.assertEqual((0, "[0, 1, 2, 3]\n", ""), self.ended(  # 3: of listdir
            "tell(sorted(map(int, os.listdir('/proc/self/fd'))))"))

    def test_e5_a_program_that_is_not_there(self):
        report, out, err = self.report(*self.start("/nonexistent/uv", "x"))
        self.assertIn("/nonexistent/uv", report["trouble"])
        self.assertEqual(("", ""), (out, err))

    def test_words_that_are_wrong(self):
        for words in ([], ["3"], ["3", "uv"], ["0", "/usr/bin/uv"], ["77", "/usr/bin/uv"]):
            done = subprocess.run([program(), "--guard", *words], capture_output=True, text=True,
                                  timeout=DEADLINE, check=False)
            self.assertEqual(2, done.returncode, words)

    def test_f1_all_of_it_ends_with_the_caller(self):
        process, control = self.start_script(
            "signal.signal(signal.SIGTERM, signal.SIG_IGN)" + FAMILY + "signal.pause()")
        pids = self.pids(process)
        self.assertEqual(5, len(pids))
        control.close()
        for pid in pids:
            wait_gone(pid)

    def test_f1_a_caller_that_has_ended_already(self):
        process, control = self.start_script("tell(os.getpid()); signal.pause()")
        control.close()
        process.wait(DEADLINE)
        for pid in self.pids(process):
            wait_gone(pid)

    def test_e1_the_program_ends_with_its_guard(self):
        process, _ = self.start_script("tell(os.getpid()); signal.pause()")
        pid, = self.pids(process)
        process.kill()
        process.wait(DEADLINE)
        wait_gone(pid)

    def test_l2_the_program_judges_what_ends_its_group(self):
        process, control = self.start_script("""
def leave(*_): tell("asked"); sys.exit(5)
signal.signal(signal.SIGTERM, leave)
tell(os.getpid())
while True: signal.pause()
""")
        self.pids(process)
        os.killpg(process.pid, signal.SIGTERM)
        report, out, _ = self.report(process, control)
        self.assertEqual((5, "asked\n"), (report["code"], out))

    def test_n6_what_the_program_leaves_behind_is_killed_and_named(self):
        report, out, err = self.report(*self.start_script(
            "streams = dict(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)\n"
            "tell(*(subprocess.Popen(['sleep', '1000'], start_new_session=True, **streams).pid "
            "for _ in range(2)))"))
        pids = [int(word) for word in out.split()]
        for pid in pids:
            wait_gone(pid)
        self.assertEqual((0, ""), (report["code"], err))
        self.assertEqual(sorted(pids), sorted(
            int(each.rpartition("(pid ")[2].rstrip(")")) for each in report["killed"]))


if __name__ == "__main__":
    unittest.main(verbosity=2)
