"""Kills axle, or the axle-backend that it has started, at the n-th system call of a whole build,
for every n (or for `--points` of them), and checks after each what must always hold.

    kill_points.py [--of axle|axle-backend] [--points P] [--from N] [--to N] [--jobs J]
                   [--hold MS]

AXLE_BIN names the folder of the programs, AXLE_KILL_AT the program kill_at. A point that fails is
told as `--of NAME --from N --to N`, which repeats it.
"""

import argparse
import os
import shutil
import sys
import time
import traceback

from stage import Run, Violation, build_command, check_wheel, fingerprint, make_old, wheel_name
from stage import write_project

VICTIMS = ("axle", "axle-backend")
TOLD = 9  # the descriptor on which kill_at tells
NAME = "pointed"
# Each hook says that it runs, before it does anything else.
HOOKS = """
def _ran(hook):
    fd = os.open(os.environ["MAYHEM_RAN"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(fd, hook.encode() + b"\\n")
    os.close(fd)


_build_wheel = build_wheel


def build_wheel(*arguments, **named):
    _ran("build_wheel")
    return _build_wheel(*arguments, **named)


def get_requires_for_build_wheel(config_settings=None):
    _ran("get_requires_for_build_wheel")
    return []
"""


class Points:
    """The points of one worker, in folders of its own."""

    def __init__(self, run, options):
        self.run = run
        self.hold = options.hold
        self.swept = options.swept
        self.tree = write_project(run.root / "tree", NAME, HOOKS)
        self.before = fingerprint(self.tree)
        self.out = run.root / "out"
        self.ran = run.root / "ran"
        self.counts = {}

    def build(self, *prefix):
        """One build; its exit code, messages, and what kill_at told."""
        reader, writer = os.pipe()
        messages = os.memfd_create("messages")
        environment = {
            **self.run.environment, "MAYHEM_RAN": str(self.ran), "KILL_AT_REPORT": str(TOLD)
        }
        argv = [*prefix, *build_command(self.out, [self.tree])]
        pid = os.posix_spawn(
            argv[0], argv, environment, setsid=True,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0),
                (os.POSIX_SPAWN_DUP2, messages, 2),
                (os.POSIX_SPAWN_DUP2, writer, TOLD),
            ],
        )
        os.close(writer)
        try:
            code = self.run.await_end(pid)
            os.set_blocking(reader, False)
            try:
                told = os.read(reader, 100).split()
            except BlockingIOError:
                told = []
            text = os.pread(messages, 1 << 20, 0).decode("utf-8", "replace")
            return code, text, told
        finally:
            os.close(reader)
            os.close(messages)

    def calls(self, victim):
        """How many system calls the victim makes in a whole build."""
        code, text, told = self.build(os.environ["AXLE_KILL_AT"], "0", "0", victim)
        if code != 0 or len(told) != 2:
            raise Violation(f"kill_at could not trace: {code} {text}")
        return int(told[0])

    def leftovers(self):
        """What a build must not leave: all but whole artifacts."""
        folders = [self.run.tmp, *([self.out] if self.out.is_dir() else [])]
        found = [path for folder in folders for path in folder.iterdir()]
        return sorted(path for path in found if path.name != wheel_name(NAME))

    def check(self, victim, n):
        """One point. True if there was one."""
        shutil.rmtree(self.out, ignore_errors=True)
        self.ran.unlink(missing_ok=True)
        code, text, told = self.build(
            os.environ["AXLE_KILL_AT"], str(n), str(self.hold), victim
        )
        if len(told) != 2:
            raise Violation(f"kill_at could not trace: {code} {text}")
        killed = told[1] == b"1"
        self.run.assert_no_process()
        self.judge(victim, killed, code, text)
        if fingerprint(self.tree) != self.before:
            raise Violation("the source tree has changed")
        left = self.leftovers()
        if left and victim != "axle":
            raise Violation(f"left behind: {left}")
        if left:
            self.count("left for the next run to sweep")
            make_old(left)
            again, message, _ = self.build()
            if again != 0:
                raise Violation(f"the next build fails with {again}:\n{message}")
            if self.swept and self.leftovers():
                raise Violation(f"the next run has not swept {self.leftovers()}")
            shutil.rmtree(self.run.tmp)
            self.run.tmp.mkdir()
        return killed

    def judge(self, victim, killed, code, text):
        wheel = self.out / wheel_name(NAME)
        ran = self.ran.read_text().split() if self.ran.exists() else []
        if len(ran) != len(set(ran)):
            raise Violation(f"a hook ran twice: {ran}; exit code {code}\n{text}")
        if wheel.exists():
            check_wheel(wheel)
        if killed and victim == "axle":
            if code != 128 + 9:
                raise Violation(f"axle was killed, and exits with {code}\n{text}")
            self.count("killed")
        elif code == 0:
            if not wheel.exists():
                raise Violation(f"success without a wheel\n{text}")
            self.count("succeeded" + (" after a retry" if "another one is started" in text else ""))
        elif not killed:
            raise Violation(f"nothing was killed, and axle exits with {code}\n{text}")
        elif code != 5 or "axle-backend (pid " not in text or "SIGKILL" not in text:
            raise Violation(f"the cause is not told: exit code {code}\n{text}")
        elif wheel.exists():
            raise Violation(f"a wheel of a build that failed\n{text}")
        else:
            self.count("backend_gone")

    def count(self, what):
        self.counts[what] = self.counts.get(what, 0) + 1


def work(options, number):
    """The points of one worker; how many failed."""
    failures = 0
    with Run(seed=0) as run:
        points = Points(run, options)
        points.build()  # what is made once: byte code
        calls = {victim: points.calls(victim) for victim in options.of or VICTIMS}
        stride = max(1, sum(calls.values()) // (options.points or sys.maxsize))
        for victim, last in calls.items():
            # The count differs a little from run to run.
            last = min(options.to, last + last // 4)
            points.counts = {}
            for n in range(options.first + stride * number, last + 1, stride * options.jobs):
                try:
                    if not points.check(victim, n):
                        break
                except Violation as violation:
                    failures += 1
                    print(f"FAILED --of {victim} --from {n} --to {n}: {violation}", flush=True)
                    shutil.rmtree(run.tmp)
                    run.tmp.mkdir()
            told = ", ".join(f"{count} {what}" for what, count in sorted(points.counts.items()))
            print(f"{victim}, about {calls[victim]} calls: {told}", flush=True)
    return failures


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--of", choices=VICTIMS, action="append")
    parser.add_argument("--points", type=int, metavar="P",
                        help="about so many in all, spread evenly (default: all)")
    parser.add_argument("--from", type=int, default=1, dest="first")
    parser.add_argument("--to", type=int, default=1_000_000)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--hold", type=int, default=0, metavar="MS",
                        help="stop it there so long, while the others go on, before it is killed")
    parser.add_argument("--swept", action=argparse.BooleanOptionalAction, default=True,
                        help="whether the next axle must remove what a killed one has left")
    options = parser.parse_args()
    begun = time.monotonic()
    workers = []
    for number in range(options.jobs):
        pid = os.fork()
        if pid == 0:
            failures = 1
            try:
                failures = work(options, number)
            except BaseException:
                traceback.print_exc()
            finally:
                sys.stdout.flush()
                os._exit(min(failures, 100))
        workers.append(pid)
    codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in workers]
    print(f"{time.monotonic() - begun:.0f} s; {sum(codes)} points failed", flush=True)
    return 1 if any(codes) else 0


if __name__ == "__main__":
    sys.exit(main())
