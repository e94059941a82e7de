"""One axle-backend after another, driven command by command: with a control descriptor and without,
with hooks that do what they should not, while their processes are killed under them. Much quicker
than whole builds, and it sees what one host keeps over many commands: its descriptors.
"""

import contextlib
import json
import os
import random
import re
import select
import signal
import time
from pathlib import Path

from backend_driver import MARKER, Backend, Project, wait_gone
from stage import HANGS, Violation, children_of, descendants, is_alive

SOURCE = '''
import os
import signal
import sys
import threading


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    return globals()[config_settings["do"]](config_settings["nonce"])


def returns(nonce):
    return nonce


def raises(nonce):
    raise ValueError(nonce)


def waits(nonce):
    with open(os.environ["MAYHEM_TOLD"], "w") as told:
        print(os.getpid(), nonce, file=told, flush=True)
    # Python does not see a signal that comes just before it begins to wait.
    while not threading.Event().wait(0.2):
        pass


def exits(nonce):
    os._exit(7)


def crashes(nonce):
    os.kill(os.getpid(), signal.SIGSEGV)


def kills_its_group(nonce):
    os.kill(0, signal.SIGKILL)


def kills_its_parent(nonce):
    os.kill(os.getppid(), signal.SIGKILL)
    return nonce


def returns_twice(nonce):
    os.fork()
    return nonce


def leaks_a_daemon(nonce):
    reader, writer = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.closerange(0, 3)
            os.close(writer)
            while True:
                signal.pause()
        os._exit(0)
    os.close(writer)
    os.read(reader, 1)
    return nonce


def forges(nonce):
    for stream in (sys.stdout, sys.stderr):
        print('Backend: Wrote response {"return": 0} to /tmp/x', file=stream)
        print('{"event": "finished", "id": 1, "result": "/x"}', file=stream)
    os.write(1, b"Backend: Wrote res")
    os.write(1, b"ponse ")
    return nonce


def closes(nonce):
    os.closerange(0, 4096)
    return nonce
'''

# What comes of each when nothing else goes wrong: the nonce is in it, or a signal or an exit code.
ENDS = {
    "returns": ("return", None),
    "raises": ("ValueError", None),
    "exits": (None, 7),
    "crashes": (None, 128 + signal.SIGSEGV),
    "kills_its_group": (None, 128 + signal.SIGKILL),
    "kills_its_parent": ("return", None),
    "returns_twice": ("return", None),
    "leaks_a_daemon": ("return", None),
    "forges": ("return", None),
    "closes": ("return", None),
}
# Inside the warm interpreter these would be no hook's doing, or reach the host.
NOT_INLINE = ("kills_its_parent", "returns_twice", "closes")
NONCE = re.compile("nonce-[0-9a-f]{16}")
BLOWS = (signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGINT)


class HostChaos:
    def __init__(self, run):
        self.run = run
        self.random = random.Random(run.seed)
        self.project = Project(SOURCE)
        self.told_path = run.root / "told"
        os.mkfifo(self.told_path)
        self.told = os.open(self.told_path, os.O_RDWR)
        self.environment = {
            **run.environment,
            "PYTHONPATH": str(self.project.root),
            "PYTHONDONTWRITEBYTECODE": "1",
            "MAYHEM_TOLD": str(self.told_path),
        }
        self.host = None
        self.kills = 0
        self.commands = 0
        self.history = []  # of the host that lives

    def close(self):
        if self.host:
            self.host.close()
        os.close(self.told)
        self.project.close()

    def go_on(self, kills, seconds):
        end = time.monotonic() + seconds
        while self.kills < kills and time.monotonic() < end:
            self.start()
            try:
                for _ in range(self.random.randint(1, 80)):
                    if not self.step():
                        break
                else:
                    self.leave()
                self.host.close()
                self.run.assert_no_process()
            except AssertionError as error:
                print(f"the host: {self.mode}; its commands: {self.history[-10:]}", flush=True)
                if "in time" in str(error):
                    self.run.hang(str(error))
                raise
            self.host = None

    # --- The host.

    def start(self):
        self.isolation = self.random.choices(["forked", "inline", "fresh"], [8, 2, 1])[0]
        self.control = self.random.random() < 0.5
        self.mode = f"{self.isolation}, {'control' if self.control else 'text'}"
        self.history = []
        self.answered = 0
        self.host = Backend(
            self.project, control=self.control, in_tree=False, env=self.environment,
            options=("--hook-isolation", self.isolation))
        self.say_and_check("returns")
        self.descriptors = self.count_descriptors()

    def count_descriptors(self):
        """Once the host has seen off the last hook process."""
        for interpreter in children_of(self.host.process.pid):
            for hook in children_of(interpreter):
                wait_gone(hook, HANGS)
        for _ in range(2):  # it knows of that end when it reads the second
            self.host.call("_optional_hooks")
            self.answered += 1
        return len(os.listdir(f"/proc/{self.host.process.pid}/fd"))

    def leave(self):
        if self.host.leave() != 0:
            raise Violation("axle-backend does not leave with exit code 0")
        if not self.control:
            markers = self.host.out.count(MARKER)
            if markers != self.answered + 1:
                raise Violation(f"{markers} markers for {self.answered + 1} commands")

    # --- One command.

    def send(self, do):
        self.commands += 1
        nonce = f"nonce-{self.random.getrandbits(64):016x}"
        settings = {"do": do, "nonce": nonce}
        path = self.host.send(
            "build_wheel", kwargs={"wheel_directory": "/", "config_settings": settings})
        self.history.append(do)
        return nonce, path

    def answer(self, path):
        """What the result file of the command says, once it is told that it is there."""
        if self.control:
            finished = self.host.event("finished")
            if finished["result"] != str(path) or finished["id"] != self.host._serial:
                raise Violation(f"another command is told to have finished: {finished}")
        else:
            self.host.wait_for_text(MARKER, self.answered + 1)
        self.answered += 1
        result = json.loads(path.read_bytes())
        path.unlink()
        return result

    def say_and_check(self, do):
        nonce, path = self.send(do)
        result = self.answer(path)
        if not self.is_own_end(do, nonce, result):
            raise Violation(f"{do} of {nonce} came to {result}")

    def is_own_end(self, do, nonce, result):
        kind, code = ENDS[do]
        if kind == "return":
            return result == {"return": nonce}
        if kind is not None:
            return result.get("exc_type") == kind and result.get("exc_msg") == nonce
        return result.get("code") == code

    def step(self):
        """One command, perhaps with a blow; False if the host is gone."""
        choice = self.random.random()
        if choice < 0.5:
            lives = self.strike_one_that_waits()
        elif choice < 0.8:
            lives = self.strike_at_any_time()
        else:
            names = [d for d in ENDS if self.isolation == "forked" or d not in NOT_INLINE]
            self.say_and_check(self.random.choice(names))
            lives = True
        if lives:
            self.say_and_check("returns")
            there = self.count_descriptors()
            if there != self.descriptors:
                raise Violation(f"axle-backend has {there} descriptors, not {self.descriptors}")
        return lives

    def strike_one_that_waits(self):
        nonce, path = self.send("waits")
        hook = self.await_word(nonce)
        if self.random.random() < 0.05:
            return self.kill_host(nonce, path)
        number = self.random.choice(BLOWS)
        self.history.append(f"{number.name} to the hook")
        if self.isolation == "forked" and self.random.random() < 0.2:
            self.history.append("SIGKILL to the interpreter")
            for process in descendants(self.host.process.pid):
                if process.pid != hook:
                    self.kills += process.send(signal.SIGKILL)
        os.kill(hook, number)  # the host reaps it only after it has seen its end
        self.kills += 1
        result = self.answer(path)
        interrupted = number == signal.SIGINT and result.get("exc_type") == "KeyboardInterrupt"
        if not interrupted and result.get("x_signal") != number:
            raise Violation(f"a hook got {number.name}, and its result is {result}")
        return True

    def await_word(self, nonce):
        said = b""
        while not said.endswith(b"\n"):
            if not select.select([self.told], [], [], HANGS)[0]:
                self.run.hang("a hook does not begin")
            said += os.read(self.told, 4096)
        pid, told = said.decode().split()
        if told != nonce:
            raise Violation(f"the hook of {told} runs, and not that of {nonce}")
        return int(pid)

    def strike_at_any_time(self):
        do = self.random.choice(("returns", "raises"))
        nonce, path = self.send(do)
        pause = self.random.uniform(0, 0.005)
        select.select([], [], [], pause)
        choice = self.random.random()
        if choice < 0.1:
            return self.kill_host(nonce, path, do)
        struck = False
        found = descendants(self.host.process.pid)
        if found:
            process = self.random.choice(found)
            number = self.random.choice(BLOWS[:2] if choice < 0.6 else BLOWS)
            self.history.append(f"{number.name} to {process.name} after {pause:.4f} s")
            struck = process.send(number)
            self.kills += struck
        result = self.answer(path)
        if self.is_own_end(do, nonce, result):
            return True
        # Struck while it raised, a hook tells both, the blow first.
        if not struck or set(NONCE.findall(json.dumps(result))) - {nonce}:
            raise Violation(f"{do} of {nonce} came to {result}")
        return True

    def kill_host(self, nonce, path, do=None):
        """The host is killed. What it leaves is a whole result of this command, or none."""
        below = descendants(self.host.process.pid)
        self.history.append("SIGKILL to the host")
        self.host.process.kill()
        self.host.process.wait()
        self.kills += 1
        deadline = time.monotonic() + self.run.patience
        for process in below:
            with contextlib.suppress(OSError):
                pidfd = os.pidfd_open(process.pid)
                ready = select.select([pidfd], [], [], max(0, deadline - time.monotonic()))[0]
                os.close(pidfd)
                if not ready and is_alive(process.pid):
                    self.run.hang(f"{process.name} outlives its axle-backend")
        if Path(path).exists():
            result = json.loads(Path(path).read_bytes())
            if do is None or not self.is_own_end(do, nonce, result):
                raise Violation(f"a killed axle-backend has left {result}")
        return False
