# The process itself: between the host and the hooks. Its program begins in base.py.


class Control:
    """The socket to the host."""

    def __init__(self, fd):
        self.fd = move_high(fd)
        self._socket = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM, 0, self.fd)
        self._partial = []
        self._lines = []
        self._fds = []

    def send(self, message):
        """Tells the host. That it is gone is found out by `receive`."""
        try:
            self._socket.sendall(encode(message))
        except OSError:
            pass

    def receive(self):
        """The next message; None when the host is gone."""
        while True:
            while self._lines:
                line = self._lines.pop(0)
                if line.strip():
                    return decode_json(line.decode())
            try:
                data, extra, flags, _ = self._socket.recvmsg(1 << 16, _socket.CMSG_SPACE(64))
            except OSError:
                return None
            if not data:
                return None
            fds = []
            for level, kind, payload in extra:
                if level == _socket.SOL_SOCKET and kind == _socket.SCM_RIGHTS:
                    fds += self._fds_in(payload)
            if flags & _socket.MSG_CTRUNC:  # this process has no room for all of them
                for fd in fds:
                    close(fd)
                self._fds.append([])
            elif fds:
                self._fds.append(fds)
            head, *others = data.split(b"\n")
            self._partial.append(head)
            for part in others:
                self._lines.append(b"".join(self._partial))
                self._partial = [part]

    @staticmethod
    def _fds_in(payload):
        places = range(0, len(payload) - 3, 4)
        fds = [int.from_bytes(payload[at : at + 4], sys.byteorder) for at in places]
        for fd in fds:
            set_inheritable(fd, False)
        return fds

    def take_fds(self):
        """The descriptors that came with the present message, now the caller's; none where there
        was no room for them."""
        return self._fds.pop(0)

    def hangs_up_within(self, seconds):
        """Waits for the end of the host; false if that has not come by then."""
        poller = poll()
        poller.register(self.fd, 0)  # for the hang-up alone
        return bool(poller.poll(seconds * 1000))

    def close(self):
        """For a child: none of this is the hook's."""
        self._socket.close()
        for fd in sum(self._fds, []):
            close(fd)


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


def tell_stacks(fd, number):
    """From now on the signal `number` makes this process and its children write their stacks."""
    try:
        import faulthandler

        # In C, so it does not need the interpreter to come round.
        faulthandler.register(number, move_high(fd), all_threads=True)
    except (ImportError, AttributeError, OSError, RuntimeError):
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


class Zygote:
    """Between the host and the hooks. Of foreign code it runs only the import of the backend, and
    with the isolation `inline` the hooks."""

    def __init__(self, control):
        self.control = control
        self.backend = None
        self.inside = False  # hooks run in this process
        self.fresh = False  # and it ends with the first
        self.print_traceback = False
        self.running = {}  # hook processes that are not reaped yet, and their reply pipes

    def serve(self):
        """Answers the host until it wants no more. Does not return."""
        message = self.control.receive()
        if message is None:
            _exit(0)
        answer = self.start(message)
        flush()  # or every hook process would print it again
        self.control.send(answer)
        if answer["op"] == "failed":
            _exit(1)
        formatter()  # no hook waits for it now
        if not self.inside:
            # The system sends it when the host dies. By the end of the socket we learn of that
            # ourselves, and then we have hooks to end first.
            signal(SIGTERM, SIG_IGN)
        while True:
            message = self.control.receive()
            if message is None or message["op"] == "stop":
                break
            if message["op"] == "run":
                fds = self.control.take_fds()
                if fds:
                    self.run(message, *fds)
                else:
                    self.tell_failure(message, OSError(*NO_DESCRIPTORS))
            elif message["op"] == "reap":
                self.reap(message["pid"])
        for pid in self.running:
            kill_group(pid)
        if message is not None:
            finish()
        _exit(0)

    def start(self, message):
        """Imports the backend, or lets a child try to; returns the answer."""
        folders = message.get("backend_path") or []
        self.backend = Backend(message["backend"], message.get("object") or "", folders)
        self.fresh = message.get("isolation") == "fresh"
        self.inside = self.fresh or message.get("isolation") == "inline"
        self.print_traceback = bool(message.get("print_traceback"))
        if message.get("stack_fd") is not None:
            tell_stacks(message["stack_fd"], message["stack_signal"])
        gc.disable()  # little of what an import makes is garbage
        if folders and not self.inside:
            try:
                answer = self.try_import()
            except OSError as error:  # no room for its process
                answer = {"op": "failed", "failure": describe_anyhow(error, None, LONGEST_CONTROL)}
        else:
            answer = self.backend.introduce()
        if hasattr(gc, "freeze"):
            # A collection in a hook process must not touch, and so copy, every page of ours; and
            # a hook is over too soon for many of them to be worth while.
            gc.freeze()
            gc.set_threshold(COLLECT_AFTER, 10, 10)
        gc.enable()
        prepare_signals()  # the import may have changed them
        answer["threads"] = count_threads()
        answer["python"] = "%d.%d.%d" % sys.version_info[:3]
        answer["implementation"] = sys.implementation.name
        return answer

    def try_import(self):
        """The answer of a child that has imported the backend."""
        report, report_end = pipe()
        lifeline, lifeline_end = pipe()  # only closed, never written
        pid = self.fork()
        if pid == 0:
            try:
                self.control.close()
                close(report)
                close(lifeline_end)
                os.setsid()
                die_with(move_high(lifeline))
                report_end = move_high(report_end)
                line = encode(self.backend.introduce())
                flush()
                write_all(report_end, line)
            finally:
                _exit(0)
        close(report_end)
        close(lifeline)
        poller = poll()
        poller.register(report, POLLIN)
        poller.register(self.control.fd, 0)  # for the hang-up alone
        line = b""
        while not line.endswith(b"\n"):
            ready = [fd for fd, _ in poller.poll()]
            chunk = os.read(report, 1 << 16) if report in ready else b""
            line += chunk
            if not chunk:
                break
        kill_group(pid)  # with whatever the import has left running
        status = waitpid(pid, 0)[1]
        if line.endswith(b"\n"):
            close(report)
            close(lifeline_end)
            return decode_json(line.decode())
        if report not in ready:  # it is the host that is gone
            _exit(0)
        return {"op": "failed", "failure": self.describe_death(status)}

    def describe_death(self, status):
        """The failure of an import that ended its process."""
        if os.WIFSIGNALED(status):
            number = os.WTERMSIG(status)
            code, how = 128 + number, f"was killed by {signal_name(number)}"
        else:
            number = 0
            code, how = os.WEXITSTATUS(status) or 1, f"exited with code {os.WEXITSTATUS(status)}"
        text = f"the process that imported {self.backend.module} {how}"
        return {"code": code, "exc_type": "BackendDied", "exc_msg": text, "x_signal": number}

    def run(self, message, reply, lifeline=None):
        """Runs a hook: begins its process, or is that process."""
        # A SIGINT for the hook waits until the hook can catch it.
        mask = pthread_sigmask(SIG_BLOCK, [SIGINT])
        if self.inside:
            self.control.send({"op": "forked", "id": message["id"], "pid": getpid()})
            if self.fresh:
                offer_for_oom()
            snapshot = None if self.fresh else Snapshot()
            call = HookCall(message, move_high(reply), self.print_traceback)
            if lifeline is not None:
                call.lifeline = move_high(lifeline)
                die_with(call.lifeline)
            call.perform(self.backend, mask)
            if not call.answered:
                _exit(1)  # the host waits for an answer or for this
            if self.fresh:
                # Now only the system's word that the host is gone can end us.
                attempt(lambda: signal(SIGTERM, SIG_DFL))
                attempt(lambda: pthread_sigmask(SIG_UNBLOCK, [SIGTERM]))
                finish()
                _exit(0)
            if not snapshot.restore():
                _exit(0)  # the host starts another for the next hook
        else:
            self.fork_hook(message, reply, lifeline, mask)
            if lifeline is not None:
                close(lifeline)
        pthread_sigmask(SIG_SETMASK, mask)

    def fork_hook(self, message, reply, lifeline, mask):
        # The hook can open its pipe anew here, where the host lets nobody look into it.
        message["reply"] = f"/proc/{getpid()}/fd/{reply}"
        fds = []
        try:
            fds += pipe()
            pid = self.fork()
        except OSError as error:
            self.tell_failure(message, error)
            for fd in [*fds, reply]:
                close(fd)
            return
        go, go_end = fds
        if pid == 0:
            try:
                self.control.close()
                close(go_end)
                os.setsid()
                if lifeline is not None:
                    die_with(move_high(lifeline))
                if not os.read(go, 1):
                    _exit(0)  # the host does not know of us, and never will
                close(go)
                offer_for_oom()
                call = HookCall(message, move_high(reply), self.print_traceback)
                call.perform(self.backend, mask)
                finish()  # with all signals blocked: the hook's handlers must not lead us astray
            finally:
                _exit(0)
        self.running[pid] = reply
        self.control.send({"op": "forked", "id": message["id"], "pid": pid})
        write(go_end, b"g")
        for fd in fds:
            close(fd)

    def fork(self):
        """Forks; where there are too many processes, it tries again for a while."""
        for pause in FORK_PAUSES:
            try:
                return fork()
            except BlockingIOError:
                if self.control.hangs_up_within(pause):
                    raise
        return fork()

    def tell_failure(self, message, error):
        """There is no hook process for `message`."""
        failure = describe_anyhow(error, None, LONGEST_CONTROL)
        self.control.send({"op": "failed", "id": message["id"], "failure": failure})

    def reap(self, pid):
        try:
            status = waitpid(pid, 0)[1]
        except ChildProcessError:  # not ours, or somebody has reaped it
            status = 1 << 8
        reply = self.running.pop(pid, None)
        if reply is not None:
            close(reply)
        self.control.send({"op": "reaped", "pid": pid, "status": status})


def main(source_fd, control_fd):
    close(source_fd)
    sys.argv[:] = ["axle-backend"]
    prepare_signals()
    prepare_output()
    Zygote(Control(control_fd)).serve()
