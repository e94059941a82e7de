"""Many axle at once, whose hooks do what they should not, while a hand kills whatever it finds of
their processes. After each build its outcome is judged, and after each round what is left.
"""

import contextlib
import os
import random
import re
import select
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from stage import (
    HANGS,
    PATIENCE,
    Violation,
    build_command,
    check_wheel,
    descendants,
    fingerprint,
    make_old,
    program,
    wheel_name,
    write_project,
)
from hook_kinds import KINDS, Kind

# How often the hand takes what, and what it does to it.
ROLES = {"hook": 8, "interpreter": 4, "host": 4, "query": 1, "frontend": 2, "daemon": 4}
BLOWS = {
    "hook": ["KILL", "KILL", "KILL", "STOP", "TERM", "INT"],
    "interpreter": ["KILL", "KILL", "STOP", "TERM", "INT"],
    "host": ["KILL", "KILL", "STOP", "TERM", "INT"],
    "query": ["KILL"],
    "frontend": ["KILL", "STOP", "TERM", "INT"],
    "daemon": ["KILL", "KILL", "STOP", "TERM", "INT"],
}
# How messages tell of a signal.
SIGNS = {
    "SIGKILL": ("SIGKILL",),
    "SIGSTOP": ("SIGSTOP",),
    "SIGTERM": ("SIGTERM", "code 143", "told to leave"),
    "SIGINT": ("SIGINT", "code 130", "KeyboardInterrupt"),
}
# A request that was hit may fail, but not in these ways: those say that axle was fooled.
NEVER = {2: "usage", 3: "invalid project", 7: "bad artifact", 70: "internal", 74: "I/O"}


@dataclass
class Request:
    kind: Kind
    name: str
    nonce: str
    tree: Path
    before: dict = field(default_factory=dict)
    hits: list = field(default_factory=list)  # "SIGKILL to hook"


@dataclass
class Build:
    """One axle, and what it was asked for."""

    requests: list
    process: subprocess.Popen
    pidfd: int
    out: Path
    begun: float
    side_by_side: bool
    hits: list = field(default_factory=list)  # on axle itself, or on something of unknown request
    daemon_hits: list = field(default_factory=list)  # on a daemon of axle: no excuse for anything

    def request_of(self, folder):
        return next((r for r in self.requests if folder == str(r.tree)), None)

    def all_hits(self):
        of_requests = (hit for request in self.requests for hit in request.hits)
        return [*self.hits, *self.daemon_hits, *of_requests]


class BuildChaos:
    def __init__(self, run, options):
        self.run = run
        self.jobs = options.jobs
        self.swept = options.swept
        self.side_by_side = options.side_by_side
        self.round_length = options.round_length
        self.daemon = options.daemon
        self.told_daemons = set()  # those that got SIGTERM or SIGINT: at the second they give up
        # Above a hook that a daemon's backend runs, there is no frontend.
        self.kinds = [kind for kind in KINDS if not (self.daemon and kind.kills_frontend)]
        self.random = random.Random(run.seed)
        self.builds = {}  # by pid
        self.stopped = []  # (when to kill, process): those that got SIGSTOP
        self.serial = 0
        self.kills = 0
        self.killed = {}  # how often by role
        self.outcomes = {}  # how often
        self.out = None
        self.expected = set()  # the names that must stand in `out` after the round
        self.possible = set()  # ... and those that may, for a frontend was killed
        self.lost_daemons = 0
        self.lost = set()
        self.unswept = 0

    def go_on(self, kills, seconds):
        """Rounds until there were so many kills, or the time is over."""
        end = time.monotonic() + seconds
        while self.kills < kills and time.monotonic() < end:
            self.begin_round()
            started = 0
            while started < self.round_length or self.builds:
                if started < self.round_length and len(self.builds) < self.jobs:
                    self.start_build()
                    started += 1
                else:
                    self.wait()
            self.end_round()

    # --- Requests.

    def request(self, kind):
        self.serial += 1
        nonce = f"nonce-{self.random.getrandbits(64):016x}"
        name = f"chaos{self.serial}"
        defined = f"NONCE = {nonce!r}\n"
        folder = self.run.root / "trees" / name
        tree = write_project(folder, name, kind.hooks, defined + kind.imported)
        return Request(kind, name, nonce, tree, fingerprint(tree))

    def start_build(self):
        weights = [kind.weight for kind in self.kinds]
        kind = self.random.choices(self.kinds, weights)[0]
        count = self.random.choice((1, 1, 2, 3, 4))
        kinds = [kind]
        while len(kinds) < count:
            other = self.random.choices(self.kinds, weights)[0]
            # A time-out is for all of a build, and must not hit one that is only slow.
            kinds.append(kind if kind.timeout else other)
            if not kind.timeout and other.timeout:
                kinds.pop()
        requests = [self.request(kind) for kind in kinds]
        options = ["--timeout", str(kind.timeout)] if kind.timeout else []
        side_by_side = self.side_by_side and count > 1 and self.random.random() < 0.5
        if side_by_side:
            options.append(f"-j{self.random.choice((2, 3))}")
        trees = [request.tree for request in requests]
        log = open(self.run.root / f"log-{self.serial}", "wb+")
        with log:
            process = subprocess.Popen(
                build_command(self.out, trees, *options), stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=log, env=self.run.environment,
                start_new_session=True)
        process.log = log.name
        pidfd = os.pidfd_open(process.pid)
        self.builds[process.pid] = Build(
            requests, process, pidfd, self.out, time.monotonic(), side_by_side)

    # --- The hand.

    def wait(self):
        """Until a build ends or it is time for the next blow."""
        pause = self.random.uniform(0.0, 0.3)
        ready = select.select([build.pidfd for build in self.builds.values()], [], [], pause)[0]
        for build in [b for b in self.builds.values() if b.pidfd in ready]:
            del self.builds[build.process.pid]
            self.judge(build)
        now = time.monotonic()
        for build in self.builds.values():
            if now - build.begun > HANGS:
                self.run.hang(f"a build hangs: {[r.kind.name for r in build.requests]}"
                              f" {build.all_hits()}")
        if not ready:
            self.strike()

    def strike(self):
        due = [entry for entry in self.stopped if entry[0] <= time.monotonic()]
        for entry in due:
            self.stopped.remove(entry)
            self.hit(entry[1], signal.SIGKILL, *entry[2:])
        found = self.look()
        if not found:
            return
        roles = list(found)
        role = self.random.choices(roles, [ROLES[role] for role in roles])[0]
        process, build = self.random.choice(found[role])
        blow = self.random.choice(BLOWS[role])
        if role == "daemon" and blow in ("TERM", "INT"):
            if (process.pid, process.started) in self.told_daemons:
                return
            self.told_daemons.add((process.pid, process.started))
        request = build.request_of(process.folder) if build and role != "frontend" else None
        number = getattr(signal, "SIG" + blow)
        if self.hit(process, number, role, build, request) and blow == "STOP":
            kill_at = time.monotonic() + self.random.uniform(0.0, 0.3)
            self.stopped.append((kill_at, process, role, build, request))

    def look(self):
        """All that may be hit, by role."""
        found = {}
        known = {}
        for process in descendants():
            build, parents_role = known.get(process.parent, (None, None))
            name = process.name
            if process.pid in self.builds:
                build, role = self.builds[process.pid], "frontend"
            elif parents_role == "daemon":
                # What it has started, or an orphan that it has adopted.
                role = "host" if name.startswith("axle") else "hook"
            elif self.daemon and name == "axle" and b"daemon" in process.words:
                build, role = None, "daemon"
            elif self.daemon and build is None and name == "axle-backend":
                role = "host"  # on loan, its daemon dead
            elif build is None and parents_role is None:
                continue  # an orphan on its way out
            elif parents_role == "frontend":
                # What has not yet executed its program is still called axle.
                role = "host" if name.startswith("axle") else "query"
            elif parents_role == "host":
                role = "interpreter" if "python" in name else "hook"
            else:
                role = "hook"
            if self.daemon and role in ("host", "interpreter", "hook"):
                # One whose daemon has died comes to the frontend that had started that.
                build = self.build_in(process.folder) or build
            # What starts a daemon has the daemon as its child, which leaves the session.
            starts_daemon = role == "daemon" and not process.leads_session
            known[process.pid] = build, "starter" if starts_daemon else role
            found.setdefault(role, []).append((process, build))
        return found

    def build_in(self, folder):
        """The build that has a request for the tree `folder`."""
        return next((b for b in self.builds.values() if b.request_of(folder)), None)

    def hit(self, process, number, role, build, request):
        if not process.send(number):
            return False
        blow = f"{number.name} to {role}"
        if role == "daemon":
            for running in self.builds.values():
                running.daemon_hits.append(blow)
        elif request or build:
            (request or build).hits.append(blow)
        else:  # nobody's yet, or idle
            for running in self.builds.values():
                running.hits.append(blow)
        self.kills += 1
        self.killed[role] = self.killed.get(role, 0) + 1
        return True

    # --- What came of it.

    def judge(self, build):
        os.close(build.pidfd)
        out, _ = build.process.communicate()
        code = build.process.returncode
        log = Path(build.process.log)
        text = log.read_bytes().decode("utf-8", "replace")
        log.unlink()
        try:
            self.judge_text(build, code, out.decode(), text)
        except Violation as violation:
            raise Violation(
                f"{violation}\nkinds: {[r.kind.name for r in build.requests]}\n"
                f"hits: {build.all_hits()}\nexit code: {code}\nstdout:\n{out.decode()}\n"
                f"stderr:\n{text}\nseed: {self.run.seed}") from None

    def judge_text(self, build, code, out, text):
        frontend_hit = [hit for hit in build.hits if hit.endswith("frontend")]
        killed = code == -9 and ("SIGKILL to frontend" in frontend_hit
                                 or any(r.kind.kills_frontend for r in build.requests))
        # A signal that comes before axle can handle it ends it, and nothing has begun.
        early = code in (-2, -15) and signal.Signals(-code).name + " to frontend" in frontend_hit
        if code < 0 and not killed and not (early and not text and not out):
            raise Violation(f"axle ended by signal {-code}")
        if code in NEVER:
            raise Violation(f"axle was fooled: {NEVER[code]}")
        if code in (130, 143) and not frontend_hit:
            raise Violation("axle says that it was told to stop")
        built = [Path(line).name for line in out.splitlines()]
        if built != [wheel_name(r.name) for r in build.requests if wheel_name(r.name) in built]:
            raise Violation("standard output does not name the wheels in the order of the sources")
        possible = [self.judge_request(build, request, section, built, killed)
                    for request, section in zip(build.requests, self.sections(build, text))]
        if killed or "SIGKILL to daemon" in build.daemon_hits:
            self.remember_daemons(build)
        if not killed and not frontend_hit:
            if None in possible:
                raise Violation("a request has no outcome")
            wanted = set().union(*(codes for codes in possible if codes != {0})) or {0}
            if code not in wanted:
                raise Violation(f"the exit code is none of {wanted}")

    def sections(self, build, text):
        """The messages on each request, in order; None for those that have not begun."""
        if len(build.requests) == 1:
            return [text]
        if build.side_by_side:
            labelled = [rf"^{request.name}: (.*\n)" for request in build.requests]
            return ["".join(re.findall(label, text, re.M)) or None for label in labelled]
        sections = []
        for line in text.splitlines(keepends=True):
            left = build.requests[len(sections):]
            if left and line == f"{left[0].tree}:\n":
                sections.append("")
            elif sections:
                sections[-1] += line
        return sections + [None] * (len(build.requests) - len(sections))

    def judge_request(self, build, request, section, built, killed):
        """The exit codes that may follow; None: it has no outcome, as its build was stopped."""
        if fingerprint(request.tree) != request.before:
            raise Violation(f"the source tree of {request.name} has changed")
        name = wheel_name(request.name)
        path = build.out / name
        if path.exists():
            check_wheel(path)
            (self.possible if killed else self.expected).add(name)
        if section is None:
            if path.exists():
                raise Violation(f"a wheel of a request that has not begun: {name}")
            return None
        strangers = set(re.findall(r"nonce-[0-9a-f]+", section)) - {request.nonce}
        if strangers:
            raise Violation(f"{request.name} is told {strangers}, the nonce of another request")
        success = re.findall(rf"^Built \S*{request.name}-", section, re.M)
        failure = re.findall(r"^error: ", section, re.M)
        if len(success) + len(failure) > 1:
            raise Violation(f"{request.name} has {len(success)} successes, {len(failure)} failures")
        if killed:
            self.count("frontend killed")
            return None
        if not success and not failure:
            return None
        if bool(success) != (name in built) or bool(success) != path.exists():
            raise Violation(f"{request.name}: what is told and what is there differ")
        return self.judge_outcome(build, request, section, bool(success))

    def judge_outcome(self, build, request, section, success):
        kind = request.kind
        hits = build.hits + request.hits
        if success:
            if kind.code != 0:
                raise Violation(f"{request.name} ({kind.name}) cannot have succeeded")
            self.count("succeeded")
            return {0}
        own_cause = kind.told.replace("NONCE", request.nonce)
        own = kind.code != 0 and re.search(own_cause, section)
        if not hits:
            if not own:
                raise Violation(f"{request.name} ({kind.name}) does not tell: {own_cause!r}")
            self.count("failed by itself")
            return {kind.code}
        causes = {word for hit in hits for word in SIGNS[hit.split()[0]]}
        if {"SIGKILL to daemon", "SIGSTOP to daemon"} & set(build.daemon_hits):
            # Only whoever has started a backend sees how it ends.
            causes.add("ended in an unknown way")
        if not own and not any(cause in section for cause in causes):
            raise Violation(f"{request.name} ({kind.name}) does not tell its cause, {causes}")
        self.count("failed by itself though hit" if own else "failed by the hit")
        return {1, 4, 5, 6}

    def count(self, what):
        self.outcomes[what] = self.outcomes.get(what, 0) + 1

    # --- Rounds.

    def begin_round(self):
        self.serial += 1
        self.out = self.run.folder(f"out-{self.serial}")
        self.expected, self.possible = set(), set()
        self.lost = set()  # the trees of daemons that nobody can know of

    def end_round(self):
        for entry in self.stopped:
            self.hit(entry[1], signal.SIGKILL, *entry[2:])
        self.stopped.clear()
        if self.daemon:
            self.end_axles_daemon()
        self.end_lost_daemons()
        self.run.assert_no_process()
        there = {path.name for path in self.out.iterdir()}
        if self.expected - there:
            raise Violation(f"wheels have vanished: {self.expected - there}")
        if self.leftovers():
            self.unswept += 1
            if not self.outcomes.get("frontend killed"):
                raise Violation(f"left behind: {self.leftovers()}")
            self.sweep()
        shutil.rmtree(self.out)
        shutil.rmtree(self.run.root / "trees", ignore_errors=True)

    def leftovers(self):
        wheels = self.expected | self.possible
        found = [path for path in self.out.iterdir() if path.name not in wheels]
        # What ThreadSanitizer makes for a moment, before the program begins.
        ours = (p for p in self.run.tmp.iterdir() if not p.name.startswith("tsan.rodata."))
        return sorted(map(str, [*found, *ours]))

    def sweep(self):
        """Frontends that were killed could not clean up: the next one does it for them."""
        make_old(self.leftovers())
        request = self.request(KINDS[0])
        self.expected.add(wheel_name(request.name))
        done = subprocess.run(
            build_command(self.out, [request.tree]),
            env=self.run.environment, capture_output=True, timeout=HANGS, check=False)
        if done.returncode != 0:
            raise Violation(f"the build after the chaos fails:\n{done.stderr.decode()}")
        if self.swept and self.leftovers():
            raise Violation(f"the next run has not swept: {self.leftovers()}")
        for path in map(Path, self.leftovers()):
            with contextlib.suppress(NotADirectoryError):
                shutil.rmtree(path)

    def remember_daemons(self, build):
        """A daemon of a hook has nobody left who knows of it if its host was killed, and so was who
        had started that: the frontend, or the daemon of axle."""
        for request in build.requests:
            if request.kind.leaks and "SIGKILL to host" in build.hits + request.hits:
                self.lost.add(str(request.tree))

    def end_axles_daemon(self):
        """The one that can be asked; those that were told before leave by themselves."""
        done = subprocess.run([program("axle"), "daemon", "stop"], env=self.run.environment,
                              capture_output=True, timeout=HANGS, check=False)
        if done.returncode != 0:
            raise Violation(f"the daemon does not stop:\n{done.stderr.decode()}")

    def end_lost_daemons(self):
        deadline = time.monotonic() + PATIENCE
        while self.lost and time.monotonic() < deadline:
            left = descendants()
            lost = [process for process in left if process.folder in self.lost]
            if len(lost) == len(left):
                self.lost_daemons += sum(process.send(signal.SIGKILL) for process in lost)
                return
            pidfds = []
            for process in left:
                with contextlib.suppress(OSError):
                    pidfds.append(os.pidfd_open(process.pid))
            select.select(pidfds, [], [], 0.5)
            for pidfd in pidfds:
                os.close(pidfd)
            with contextlib.suppress(ChildProcessError):
                while self.run.reap(os.WNOHANG):
                    pass
