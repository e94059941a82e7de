# A process: its signals, its output, its end, and one that is asked for something.


STACKS_LAST = 100  # milliseconds
ALONE = 3  # links to /proc/self/task: two, and one a thread
ANY_CHILD = 0x40000000  # __WALL: also one of clone(2) that ends with another signal


def prepare_signals():
    """Ctrl-C at the terminal is the host's business, and the hooks are ours to reap."""
    signal(SIGINT, SIG_IGN)
    signal(SIGCHLD, SIG_DFL)


def prepare_output():
    """Output never raises for a character, and it is not lost when a hook kills its process; if
    that is by a signal, the stack goes to stderr."""
    for stream in STREAMS:
        attempt(lambda: stream.reconfigure(errors="backslashreplace", line_buffering=True))
    try:
        import faulthandler

        if not faulthandler.is_enabled():
            faulthandler.enable(move_high(os.dup(2)))  # the hook may redirect its own
    except (ImportError, OSError):
        pass


def resource_limits():
    """Those of this process: any other of the same user can change them."""
    return [getrlimit(which) for which in EVERY_LIMIT]


def resource_limits_of(pid):
    """Of another process; where nobody tells, as if they were ours."""
    look = getattr(resource, "prlimit", lambda _, which: getrlimit(which))
    return [look(pid, which) for which in EVERY_LIMIT]


def tell_stacks(fd, polite, rude):
    """From now on the signals `polite` and `rude` make this process and its children write their
    stacks. `polite` waits until the main thread has the interpreter's lock: no other thread runs
    on while its stack is read, which can crash the process. `rude` waits for nothing."""
    try:
        import faulthandler

        fd = move_high(fd)

        def write_stacks(*_):  # stack_dump.cpp knows its name, and failure.py
            faulthandler.dump_traceback(fd, all_threads=True)
            # SIGINT comes now, and ends this: between here and a wait of the hook that goes on, it
            # would be noted and not end the wait.
            poll().poll(STACKS_LAST)

        signal(polite, write_stacks)
        # In C, so it does not need the interpreter to come round. With `chain` the system call that
        # the signal hits is not restarted: or a wait without end would begin anew although SIGINT
        # has come while the stacks were written, and KeyboardInterrupt be never raised.
        signal(rude, SIG_IGN)  # the handler that it chains to
        faulthandler.register(rude, fd, all_threads=True, chain=True)
    except (ImportError, AttributeError, OSError, RuntimeError, ValueError):
        pass


def count_threads():
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        threading = sys.modules.get("threading")
        return threading.active_count() if threading else 1


def die_with(fd):
    """Lets the kernel kill us, and our process group, once the other end of the pipe `fd` is
    closed. Nothing is ever written to it."""
    try:
        from fcntl import F_SETSIG
    except ImportError:  # Linux only
        return
    fcntl(fd, F_SETOWN, -getpid() if os.getpgrp() == getpid() else getpid())
    fcntl(fd, F_SETSIG, SIGKILL)
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | os.O_ASYNC | os.O_NONBLOCK)
    try:
        if not os.read(fd, 1):
            kill(getpid(), SIGKILL)  # it was closed before the kernel knew
    except BlockingIOError:
        pass


def signal_name(number):
    from signal import Signals

    try:
        return Signals(number).name
    except ValueError:  # a real-time signal
        return f"signal {number}"


def kill_group(pid):
    for target in (-pid, pid):
        try:
            kill(target, SIGKILL)
        except OSError:
            pass


def processor_time(used):
    """User and system, in microseconds, of a struct rusage."""
    return [int(used.ru_utime * 1e6), int(used.ru_stime * 1e6)]


def own_time(used, used_before):
    """Of the processor times `used`, what came after `used_before`."""
    return [max(0, whole - before) for whole, before in zip(used, used_before)]


class Children:
    """Those of this thread, as the system lists them. OSError where it does not."""

    def __init__(self):
        flags = os.O_RDONLY | os.O_CLOEXEC
        self.fd = move_high(open_fd("/proc/thread-self/children", flags))
        self.imported = self._now()  # those that imports have started

    def _now(self):
        return {int(pid) for pid in os.pread(self.fd, PAGE, 0).split()}

    def adopt(self, known):
        """All but those in `known` are of an import."""
        self.imported |= self._now() - known

    def has_strangers(self, known):
        """Whether one lives that is not in `known`, nor of an import. With clone(2) a child can make
        a sibling of its own (CLONE_PARENT), and be alone itself."""
        try:
            for pid in self._now() - known - self.imported:
                try:
                    if waitpid(pid, WNOHANG | ANY_CHILD)[0] == 0:
                        return True
                except ChildProcessError:  # it has ended, and nobody has to reap it
                    pass
        except OSError:
            pass
        return False

    def close(self):
        close(self.fd)


def is_alone():
    """Whether this process has neither children nor threads."""
    try:
        if stat("/proc/self/task").st_nlink != ALONE:
            return False
        while waitpid(-1, WNOHANG | ANY_CHILD)[0] != 0:
            pass
    except ChildProcessError:
        return True
    except OSError:
        pass
    return False


def close_all_but(kept):
    for name in listdir("/proc/self/fd"):
        if int(name) != kept:
            attempt(lambda: close(int(name)))


def move_in(reply, *lifelines):
    """For the process of a hook: takes its descriptors, and returns its reply pipe."""
    for fd in lifelines:
        die_with(move_high(fd))
    return move_high(reply)


class HookProcess:
    """A child process that runs the hook of `request`, as soon as it may, under the signal mask
    `mask`. It inherits all that it needs: `fds` are the reply pipe, and perhaps a lifeline."""

    def __init__(self, zygote, mask, request, fds):
        self.used_before = 0, 0
        gate, self.gate = pipe()
        try:
            self.pid = zygote.fork()
        except OSError:
            close(gate)
            close(self.gate)
            raise
        if self.pid == 0:
            try:
                close(self.gate)
                zygote.close()
                os.setsid()
                offer_for_oom()
                reply = move_in(*fds)
                if os.read(gate, 1):  # or the host does not know of us, and never will
                    close(gate)
                    zygote.run_here(request, reply, mask, self.used_before)
            finally:
                _exit(0)
        close(gate)

    def run(self, _):
        """Lets the hook begin."""
        attempt(lambda: write(self.gate, b"\n"))  # or it was killed: the host asks us how
        close(self.gate)

    def end(self):
        kill_group(self.pid)
        waitpid(self.pid, 0)
        close(self.gate)


class Child:
    """A process in a session of its own. It does `work(report, lifeline)`, and ends: `report` is
    the end of a pipe to us, and `lifeline` one of a pipe whose other end only we have, and never
    write to. Before that it takes `first`, to close what is not for its ears."""

    def __init__(self, work, first=None, forking=fork):
        fds = []
        try:
            fds += pipe()
            fds += pipe()
            self.report, report, lifeline, self.lifeline_end = fds
            self.pid = forking()
        except OSError:
            for fd in fds:
                close(fd)
            raise
        if self.pid == 0:
            try:
                if first is not None:
                    first()
                self.close()
                os.setsid()
                work(move_high(report), move_high(lifeline))
            finally:
                _exit(0)
        close(report)
        close(lifeline)

    def close(self):
        close(self.report)
        close(self.lifeline_end)

    def end(self):
        """Kills it, with whatever it has left running. Its wait status."""
        kill_group(self.pid)
        status = waitpid(self.pid, 0)[1]
        self.close()
        return status


def ask_child(work, watched, first=None, seconds=None, forking=fork):
    """What `work` returns (an object of JSON) in a child process that dies with us, and how that
    ended. No object: it ended without an answer, or took longer than `seconds`. No status:
    meanwhile the descriptor `watched` has hung up."""

    def answer(report, lifeline):
        die_with(lifeline)
        line = encode(work())
        flush()
        write_all(report, line)

    child = Child(answer, first, forking)
    line, hung_up = read_answer(child.report, watched, seconds)
    status = child.end()
    return decoded(line), None if hung_up else status


def read_answer(fd, watched, seconds):
    """One line from `fd`, or as much of it as there is; and whether it is not whole because
    `watched` has hung up."""
    poller = poll()
    poller.register(fd, POLLIN)
    poller.register(watched, 0)  # for the hang-up alone
    end = None if seconds is None else monotonic() + seconds
    line = b""
    while not line.endswith(b"\n"):
        left = None if end is None else max(0, end - monotonic()) * 1000
        ready = [one for one, _ in poller.poll(left)]
        chunk = os.read(fd, 1 << 16) if fd in ready else b""
        line += chunk
        if not chunk:
            return line, bool(ready) and fd not in ready
    return line, False


def decoded(line):
    """The object in a whole line; None if it is none."""
    try:
        found = decode_json(line.decode()) if line.endswith(b"\n") else None
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
