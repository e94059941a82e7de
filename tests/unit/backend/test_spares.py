"""The spare processes of the warm interpreter (backend/python/spares.py): a hook in one of them
finds what a hook in a new one finds, and they stay no longer than they may.

    python3 tests/unit/backend/test_spares.py [-v] [Class.test_name]
"""

import os
import pathlib
import signal
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import zygote_driver
from test_training import children_of, has_ended
from zygote_driver import PYPY, Case, read_line, readable

BACKEND = """
import os, random, resource, sys

memory = bytearray(8 << 20)

def hook(): return os.getpid()

def surroundings():
    fds = []
    for name in sorted(os.listdir("/proc/self/fd"), key=int):
        try:
            fds.append(os.readlink("/proc/self/fd/" + name).split(":")[0])
        except FileNotFoundError:
            pass
    with open("/proc/self/oom_score_adj") as score:
        return {
            "leads": [os.getsid(0) == os.getpid(), os.getpgrp() == os.getpid()],
            "fds": sorted(fd for fd in fds if not fd.startswith("/proc/")),
            "oom": score.read(),
            "modules": sorted(name for name in sys.modules if name != "_ctypes"),
            "path": sys.path,
            "argv": sys.argv,
            "environment": dict(os.environ),
            "cwd": os.getcwd(),
            "umask": os.umask(0),
            "status": [line for line in open("/proc/self/status").read().splitlines()
                       if line.startswith(("Sig", "Shd")) and not line.startswith("SigQ")],
        }

def own_time():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return [int(used.ru_utime * 1e6), int(used.ru_stime * 1e6)]

def burn(seconds):
    import time
    end = time.process_time() + seconds
    while time.process_time() < end: pass

def draw(): return [random.random(), random.getrandbits(64)]

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for at in range(0, len(memory), 4096):
        memory[at] = 1
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

def build_wheel(wheel_directory): faults()

def wait(begun, gate):
    with open(begun, "w") as file:
        file.write(str(os.getpid()))
    with open(gate) as file:
        return file.read()
"""


@unittest.skipIf(PYPY, "there are no spares")
class SparesTest(Case):
    def warm_host(self):
        self.write("backend.py", BACKEND)
        host = self.host()
        answer = host.start("backend", warm=os.path.join(self.folder, "training"))
        self.assertEqual(answer["op"], "started", answer)
        host.call("hook")
        self.assert_spares(host, 0)  # trained
        self.assert_spares(host, 2)
        return host

    def assert_spares(self, host, number):
        self.assertEqual(host.receive(), {"op": "warm", "trained": True, "spares": number})

    def spares(self, host):
        return {int(pid) for pid in children_of(host.pid)}

    def test_the_training_is_told_once(self):
        self.write("backend.py", BACKEND)
        before = time.monotonic() * 1e6
        host = self.host()
        host.start("backend", warm=os.path.join(self.folder, "training"))
        host.call("hook")
        self.assert_spares(host, 0)
        began, ended = host.training
        self.assertLess(before, began)
        self.assertLess(began, ended)
        self.assertLess(ended, time.monotonic() * 1e6)
        self.assert_spares(host, 2)
        self.assertEqual([], host.training)

    def test_the_processor_time_is_that_of_the_hook_alone(self):
        host = self.warm_host()
        host.call("burn", {"seconds": 0})
        idle = sum(host.used)
        own = sum(host.call("own_time")["return"])
        self.assertLess(idle, own)  # which has all that the spare did before
        host.call("burn", {"seconds": 0.2})
        self.assertLess(150_000, sum(host.used))

    def test_a_hook_runs_in_a_spare_and_another_takes_its_place(self):
        host = self.warm_host()
        spares = self.spares(host)
        self.assertEqual(len(spares), 2)
        self.assertIn(host.call("hook")["return"], spares)
        self.assert_spares(host, 2)
        self.assertEqual(len(self.spares(host) & spares), 1)
        self.assertEqual(len(self.spares(host)), 2)

    def test_under_load_hooks_get_processes_of_their_own(self):
        host = self.warm_host()
        hooks = [host.begin("hook") for _ in range(4)]
        pids = {hook.answer()["return"] for hook in hooks}
        self.assertEqual(len(pids), 4)
        for hook in hooks:
            self.assertEqual(hook.reap(), 0)
            hook.close()
        self.assert_spares(host, 2)

    def test_under_load_one_is_forked_ahead(self):
        host = self.warm_host()
        gate = os.path.join(self.folder, "gate")
        os.mkfifo(gate)
        begun = os.path.join(self.folder, "begun")
        hooks = [host.begin("wait", {"begun": begun, "gate": gate}) for _ in range(2)]
        busy = {hook.pid for hook in hooks}
        end = time.monotonic() + zygote_driver.PATIENCE
        while not self.spares(host) - busy:  # it forks while it has no message
            self.assertLess(time.monotonic(), end)
            host.send({"op": "reap", "pid": os.getpid()})
            self.assertEqual(host.receive()["op"], "reaped")
        ahead = self.spares(host) - busy
        self.assertEqual(len(ahead), 1)
        self.assertIn(host.call("hook")["return"], ahead)
        os.close(os.open(gate, os.O_WRONLY))
        for hook in hooks:
            self.assertEqual(hook.answer(), {"return": ""})
            self.assertEqual(hook.reap(), 0)
            hook.close()
        self.assert_spares(host, 2)  # better ones
        self.assertEqual(len(self.spares(host)), 2)
        self.assert_few_faults(host)

    def assert_few_faults(self, host):
        if not pathlib.Path("/proc/self/pagemap").exists() or os.uname().release < "5.14":
            self.skipTest("the system cannot")
        hooks = [host.begin("faults") for _ in range(2)]
        self.assertLess(max(hook.answer()["return"] for hook in hooks), 500)
        for hook in hooks:
            hook.reap()
            hook.close()

    def test_a_hook_in_a_spare_finds_what_one_in_a_new_process_finds(self):
        host = self.warm_host()
        told = []
        for _ in range(3):  # two spares, and a process of its own
            lifeline = os.pipe()
            told.append(host.call(
                "surroundings", lifeline=lifeline[:1], cwd="/", umask=0o27, env={"A": "1"}))
            for fd in lifeline:
                os.close(fd)
        self.assertEqual(told[0]["return"]["leads"], [True, True])
        self.assertEqual(told[0]["return"]["umask"], 0o27)
        self.assertEqual(told[0], told[1])
        self.assertEqual(told[0], told[2])

    def test_chance_is_not_the_same_twice(self):
        host = self.warm_host()
        self.assertNotEqual(host.call("draw"), host.call("draw"))

    def test_the_memory_that_hooks_use_is_theirs_already(self):
        host = self.warm_host()
        self.assert_few_faults(host)
        self.assertGreater(host.call("faults")["return"], 1000)  # in a process of its own

    def test_descriptors_of_the_zygote_stay_the_same(self):
        host = self.warm_host()
        counts = set()
        for _ in range(5):
            host.call("hook")
            self.assert_spares(host, 2)
            counts.add(len(os.listdir("/proc/%d/fd" % host.pid)))
        self.assertEqual(len(counts), 1)

    def test_a_spare_that_is_killed_is_not_used(self):
        host = self.warm_host()
        spares = self.spares(host)
        for pid in spares:
            os.kill(pid, signal.SIGKILL)
            has_ended(pid)
        self.assertNotIn(host.call("hook")["return"], spares)
        self.assert_spares(host, 2)
        self.assertFalse(self.spares(host) & spares)

    def test_spares_end_with_the_zygote(self):
        for how in ("stop", "host", "kill"):
            with self.subTest(how):
                host = self.warm_host()
                spares = self.spares(host)
                if how == "stop":
                    host.send({"op": "stop"})
                elif how == "host":
                    host.socket.shutdown(1)
                else:
                    os.kill(host.pid, signal.SIGKILL)
                host.wait()
                self.assertTrue(all(has_ended(pid) for pid in spares))

    def test_a_hook_in_a_spare_outlives_the_zygote_but_not_the_host(self):
        for end, answer in (("zygote", {"return": ""}), ("host", None)):
            with self.subTest(end):
                host = self.warm_host()
                begun, fifo = self.fifo()
                gate = os.path.join(self.folder, "gate " + end)
                os.mkfifo(gate)
                lifeline, lifeline_end = os.pipe()
                spares = self.spares(host)
                hook = host.begin("wait", {"begun": begun, "gate": gate}, [lifeline])
                os.close(lifeline)
                readable(fifo)
                self.assertIn(hook.pid, spares)
                if end == "zygote":
                    os.kill(host.pid, signal.SIGKILL)
                    host.wait()
                    os.close(os.open(gate, os.O_WRONLY))
                    self.assertEqual(hook.answer(), answer)
                    os.close(lifeline_end)
                else:
                    os.close(lifeline_end)
                    self.assertEqual(os.WTERMSIG(hook.reap()), signal.SIGKILL)
                    self.assertEqual(hook.rest(), b"")
                hook.close()

    def test_spares_are_dropped_when_nobody_needs_them(self):
        self.addCleanup(setattr, zygote_driver, "PROGRAM", zygote_driver.PROGRAM)
        hasty = zygote_driver.PROGRAM.replace("SPARES_LAST = 10.0", "SPARES_LAST = 0.1")
        self.assertNotEqual(hasty, zygote_driver.PROGRAM)
        zygote_driver.PROGRAM = hasty
        host = self.warm_host()
        spares = self.spares(host)
        self.assert_spares(host, 0)
        self.assertEqual(self.spares(host), set())
        self.assertNotIn(host.call("hook")["return"], spares)
        self.assert_spares(host, 2)


if __name__ == "__main__":
    unittest.main()
