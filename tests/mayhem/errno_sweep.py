"""Lets one system call of a program fail, the first one, the second, and so on until a run passes
untouched; for each of the calls and errors below. After each run must hold what always holds: an
exit code that is documented, an error that is told, an artifact or result that is whole or absent,
no process and no temporary file left.

    errno_sweep.py [--all | --stride S] [--subject NAME] [--call NAME] [--errno NAME] [--when N]

Without options a sample. AXLE_BIN names the folder of the programs. What fails is told as options
that repeat it. The calls are made to fail by strace; who may not trace skips.
"""

import argparse
import contextlib
import errno
import itertools
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import zipfile

from sweep import (
    SANITIZED, Run, Violation, check_wheel, contents, program, read, wheel_name, write_project,
)

SKIPPED = 77
NAME = "swept"
ERRNOS = ("EINTR", "ENOSPC", "EMFILE", "EAGAIN")
CALLS = (
    "write", "writev", "pwrite64", "sendmsg", "sendto",
    "rename", "renameat", "renameat2",
    "fork", "vfork", "clone", "clone3",
    "pipe", "pipe2",
    "socket", "socketpair",
    "epoll_create1", "eventfd2", "timerfd_create", "pidfd_open", "mkdir",
)  # fmt: skip
if SANITIZED:  # the sanitizer looks at memory by writing it into a pipe of its own
    CALLS = tuple(call for call in CALLS if call not in ("write", "pipe", "pipe2"))


class Build:
    """`axle build`: a project whose build backend is its own, in the interpreter that is there."""

    codes = {0, 1, 3, 4, 5, 6, 7, 74}

    def __init__(self, run):
        self.run = run
        self.tree = write_project(run.root / "build", NAME)
        self.out = run.root / "out"

    def start(self, tracer, out, err):
        shutil.rmtree(self.out, ignore_errors=True)
        self.before = contents(self.tree)
        return subprocess.Popen(
            [*tracer, program("axle"), "build", "--no-isolation", "--wheel",
             "--python", sys.executable, "--outdir", str(self.out), str(self.tree)],
            stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=self.run.environment)

    def check(self, code, out, err, hit, error):
        built = sorted(path.name for path in self.out.iterdir()) if self.out.is_dir() else []
        if built not in ([], [wheel_name(NAME)]):
            raise Violation(f"the output folder holds {built}")
        if built:
            check_wheel(self.out / wheel_name(NAME))
        if code == 0 and not built:
            raise Violation("built, it says, and there is no wheel")
        if code == 0 and str(self.out / wheel_name(NAME)) not in out:
            raise Violation("built, it says, and does not say where")
        if code != 0 and "error:" not in err and "write(2," not in hit:
            raise Violation("failed, and did not say so")
        if code != 0 and hit and os.strerror(error) not in err:
            raise Violation("failed, and did not say why")
        if contents(self.tree) != self.before:
            raise Violation("the source tree is not what it was")


class Host:
    """axle-backend: one hook and `_exit`, sent by a frontend that waits for its end."""

    codes = {0, 1, 74}
    control = False
    answers = ("Backend: Wrote response ",)
    telling = "write(1,"  # a call that fails here takes an answer with it

    def __init__(self, run):
        self.run = run
        self.tree = write_project(run.root / type(self).__name__, NAME)
        self.results = run.folder(f"results-{type(self).__name__}")

    def start(self, tracer, out, err):
        shutil.rmtree(self.results)
        self.out = self.run.folder(f"{self.results.name}/out")
        self.paths = [self.results / "build.json", self.results / "exit.json"]
        options, passed = [], ()
        if self.control:
            self.peer, theirs = socket.socketpair()
            options, passed = ["--control-fd", str(theirs.fileno())], (theirs.fileno(),)
        process = subprocess.Popen(
            [*tracer, program("axle-backend"), "--python", sys.executable, "--backend-path",
             str(self.tree), *options, "True", "tiny_backend"],
            cwd=self.tree, stdin=subprocess.PIPE, stdout=out, stderr=err, pass_fds=passed,
            env=self.run.environment)
        if self.control:
            theirs.close()
        commands = (("build_wheel", {"wheel_directory": str(self.out)}), ("_exit", {}))
        with contextlib.suppress(BrokenPipeError):
            for number, (cmd, kwargs) in enumerate(commands):
                line = {"cmd": cmd, "kwargs": kwargs, "result": str(self.paths[number]),
                        "x_id": number + 1}
                process.stdin.write(json.dumps(line).encode() + b"\n")
                process.stdin.flush()
        self.stdin = process.stdin  # open until the end: a closed one would say that we are gone
        return process

    def check(self, code, out, err, hit, error):
        with contextlib.suppress(BrokenPipeError):
            self.stdin.close()
        extra = set(self.results.iterdir()) - {self.out, *self.paths}
        if extra:
            raise Violation(f"{extra} were left beside the results")
        results = {path: json.loads(path.read_bytes()) for path in self.paths if path.exists()}
        for path, result in results.items():
            if not ("return" in result) ^ ({"code", "exc_type", "exc_msg"} <= result.keys()):
                raise Violation(f"{path.name} is no result: {result}")
        told = self.told(out)
        answers = sum(told.count(answer) for answer in self.answers)
        if code == 0 and answers != len(self.paths) and not hit.startswith(self.telling):
            raise Violation(f"left as if all were well, and answered {answers} commands")
        if code != 0 and not err and "failed_to_start" not in told:
            raise Violation("failed, and did not say why")
        if results.get(self.paths[0], {}).get("return"):
            check_wheel(self.out / wheel_name(NAME))

    def told(self, out):
        return out


class HostWithControl(Host):
    """The same with a control descriptor."""

    control = True
    answers = ('"event": "finished"', '"event": "rejected"')
    telling = "sendto("

    def told(self, out):
        told = b""
        with self.peer, contextlib.suppress(ConnectionResetError):
            while data := self.peer.recv(65536):
                told += data
        return told.decode()


SUBJECTS = {"axle": Build, "axle-backend": Host, "axle-backend-with-control": HostWithControl}


class Sweep:
    """The points of one subject."""

    def __init__(self, name, run):
        self.name = name
        self.run = run
        self.subject = SUBJECTS[name](run)
        self.log = run.root / "strace"

    def counts(self):
        """How often each of the calls is made in a run in which none fails."""
        self.run_once(["-e", f"trace={','.join(CALLS)}"], 0)
        made = [line.partition("(")[0] for line in read(self.log).splitlines()]
        return {call: made.count(call) for call in CALLS if call in made}

    def point(self, call, error, when):
        """One run; None if nothing was made to fail in it, else what was."""
        orders = ["-e", f"trace={call}", "-e", f"inject={call}:error={error}:when={when}"]
        return self.run_once(orders, getattr(errno, error)) or None

    def run_once(self, orders, error):
        out, err = self.run.root / "stdout", self.run.root / "stderr"
        self.log.write_text("")
        tracer = ["strace", "-qq", "-o", str(self.log), *orders, "--"]
        with out.open("wb") as out_file, err.open("wb") as err_file:
            process = self.subject.start(tracer, out_file, err_file)
        try:
            return self.judge(process, out, err, error)
        except (Violation, ValueError, OSError, zipfile.BadZipFile) as violation:
            raise Violation(
                f"{violation}\n  {self.hit()}\n  stdout: {read(out)!r}\n  stderr: {read(err)!r}"
            ) from violation

    def hit(self):
        """The call that was made to fail, as strace tells it; empty if none was."""
        return next((line for line in read(self.log).splitlines() if "(INJECTED)" in line), "")

    def judge(self, process, out, err, error):
        code = self.run.exit_code(process)
        if code not in self.subject.codes:
            raise Violation(f"exit code {code}")
        hit = self.hit()
        self.subject.check(code, read(out), read(err), hit, error)
        self.run.check_nothing_left()
        return hit

    def points(self, call, error, whens):
        """Runs until nothing is hit any more; yields each point and what is wrong with it."""
        for when in whens:
            try:
                if self.point(call, error, when) is None:
                    return
                yield when, None
            except Violation as violation:
                yield when, violation


def may_trace():
    tried = subprocess.run(["strace", "-qq", "-o", os.devnull, "-e", "inject=kill:error=EPERM",
                            "true"], stderr=subprocess.DEVNULL)
    return tried.returncode == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--stride", type=int, default=12, help="every so many points (default: 12)")
    parser.add_argument("--subject", choices=SUBJECTS)
    parser.add_argument("--call", choices=CALLS)
    parser.add_argument("--errno", choices=ERRNOS)
    parser.add_argument("--when", type=int)
    options = parser.parse_args()
    if not shutil.which("strace") or not may_trace():
        print("skipped: strace is not there or may not trace")
        return SKIPPED
    stride = 1 if options.all or options.when else options.stride
    calls = [options.call] if options.call else CALLS
    errnos = [options.errno] if options.errno else ERRNOS
    begun, tried, broken = time.monotonic(), 0, 0
    for name in [options.subject] if options.subject else SUBJECTS:
        with Run() as run:
            sweep = Sweep(name, run)
            made = sweep.counts()
            # With a stride every combination starts elsewhere, so that the sample meets them all.
            for number, (call, error) in enumerate(itertools.product(calls, errnos)):
                if call not in made:
                    continue
                whens = itertools.count(1)  # one that fails makes others in its place
                if options.when:
                    whens = [options.when]
                elif stride > 1:
                    whens = range(1 + number % stride, made[call] + 1, stride)
                for when, violation in sweep.points(call, error, whens):
                    tried += 1
                    if violation is not None:
                        broken += 1
                        print(f"BROKEN --subject {name} --call {call} --errno {error} --when {when}:"
                              f" {violation}", flush=True)
    print(f"{tried} points, {broken} broken, {time.monotonic() - begun:.0f} s")
    if tried == 0:
        print("nothing was made to fail: a sweep that hits nothing proves nothing")
    return 1 if broken or tried == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
