# One call of a hook in a process, and what it leaves changed there.


def differences(now, wanted):
    """What makes the environment `wanted` of the one that is: values, and None for what goes."""
    changes = {name: value for name, value in wanted.items() if now.get(name) != value}
    changes.update((name, None) for name in now if name not in wanted)
    return changes


def change_environment(changes):
    """Carries out those `differences`, for Python and for C."""
    for name, value in changes.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
    if "TZ" in changes:
        __import__("time").tzset()
    if not changes.keys().isdisjoint(SEEN_TO):
        attempt(forget_home)
    if "tempfile" in sys.modules:
        sys.modules["tempfile"].tempdir = None  # it keeps the first TMPDIR that it sees


def replace_environment(wanted):
    """Makes `wanted` the environment."""
    change_environment(differences(dict(os.environ), wanted))


def forget_home():
    """The one value of the environment among those that the module sysconfig keeps."""
    sysconfig = sys.modules.get("sysconfig")
    if sysconfig is not None and sysconfig._CONFIG_VARS:
        sysconfig._CONFIG_VARS["userbase"] = sysconfig._getuserbase()


def offer_for_oom():
    """Where memory runs out, a hook goes before the interpreter and the host."""
    try:
        fd = open_fd("/proc/self/oom_score_adj", os.O_RDWR)
    except OSError:
        return
    try:
        score = min(int(os.read(fd, 16)) + 500, 1000)
        write(fd, b"%d" % score)
    except (OSError, ValueError):
        pass
    close(fd)


class HookCall:
    """One call of a hook in this process, from the request to the lines on the reply pipe."""

    def __init__(self, request, reply, print_traceback):
        self.request = request
        self.name = request["cmd"]
        self.reply = reply
        self.lifeline = None  # given up before the answer
        self.print_traceback = print_traceback
        self.identity = self._identify(reply)
        self.answered = False
        self.pid = getpid()
        # What the hook leaves behind stays alive here: to free it may run code of the hook's.
        self.backend = self.value = self.error = None

    def perform(self, backend, mask):
        """Runs the hook under the signal mask `mask`, and answers. All signals are blocked when
        it returns."""
        try:
            try:
                signal(SIGINT, default_int_handler)
                signal(SIGTERM, SIG_DFL)
                pthread_sigmask(SIG_SETMASK, mask)
                self._enter()
                self.backend = backend.load()
                self.value = self._call()
            finally:
                # Not by a function of ours: where signals come faster than one is entered, it never
                # gets to its first line.
                pthread_sigmask(SIG_BLOCK, EVERY_SIGNAL)
        except BaseException as error:
            self.error = error
        block_signals()
        BUILTINS.update(UNPATCHED_BUILTINS)  # PyPy uses them here too, and so does what we call
        if getpid() != self.pid:
            # The hook has forked, and this is the copy. It ends like a script, and unheard.
            flush()
            _exit(0 if self.error is None else exit_code(self.error) & 0xFF)
        self._answer()

    def _enter(self):
        """Takes over the caller's umask, folder and environment."""
        if self.request.get("umask") is not None:
            os.umask(self.request["umask"])
        if self.request.get("cwd") is not None:
            os.chdir(self.request["cwd"])
        if self.request.get("env") is not None:
            change_environment(self.request["env"])

    def _call(self):
        try:
            if self.name.startswith("_"):
                raise AttributeError
            hook = getattr(self.backend, self.name)
        except AttributeError:
            text = f"{printable(repr, self.backend)} has no attribute {self.name!r}"
            raise MissingCommand(text) from None
        # By position, as far as that goes: backends may call their parameters what they like.
        named = dict(self.request.get("kwargs") or {})
        names = HOOKS.get(self.name, ())
        positional = []
        for index, name in enumerate(names):
            if name in named:
                positional.append(named.pop(name))
            elif (index > 0 or name == "config_settings") and named.keys() & set(names[index:]):
                positional.append(None)  # left out, but one behind it is given
            else:
                break
        return hook(*positional, **named)

    def _answer(self):
        """Tells what came of it. All output comes before the answer, so who has the answer can
        have the whole output."""
        attempt(lambda: set_recursion_limit(RECURSION_LIMIT))
        line = None
        if self.error is None:
            try:
                line = self._encode_value()
            except BaseException as error:
                self.error = error
        if line is None:
            line = self._encode_error()
        flush()
        if self.lifeline is not None:
            attempt(lambda: fcntl(self.lifeline, F_SETFL, 0), lambda: close(self.lifeline))
        fd = self._pipe()
        if fd is not None:
            self.reply = fd
            write_all(fd, line)
            self.answered = True

    def close(self):
        """No more is said to the host."""
        close(self.reply)

    def take_leave(self, used_before):
        """Tells the host, if that is so, that nothing of the hook is left but the end of this
        process, which is alone; and what the hook has taken of the processor since `used_before`,
        in microseconds. It has let go of its files, and so of their locks."""
        if getpid() != self.pid or not self.answered:
            return  # a copy that an exit handler has forked
        if self._pipe() != self.reply or not is_alone():
            return
        close_all_but(self.reply)
        used = map(sum, zip(*map(processor_time, map(own_usage, (OURSELVES, OUR_CHILDREN)))))
        user, system = own_time(used, used_before)
        write_all(self.reply, encode({"left": True, "user_us": user, "system_us": system}))
        sched_yield()  # the host may have been woken on our processor

    def _encode_value(self):
        try:
            line = encode({"return": self.value})
        except RecursionError:
            raise ValueError(f"{self.name} returned a value that is not JSON serializable: it is nested too deeply") from None
        except (TypeError, ValueError) as error:
            kind = TypeError if isinstance(error, TypeError) else ValueError
            message = f"{self.name} returned a value that is not JSON serializable: {error}"
            raise kind(message) from None
        if len(line) > LONGEST_REPLY:
            raise ValueError(f"{self.name} returned {len(line)} bytes, which is too much")
        return line

    def _encode_error(self):
        failure = describe_anyhow(self.error, self.backend)
        if self.print_traceback and "x_traceback" in failure:
            attempt(lambda: sys.stderr.write(failure["x_traceback"]))
        try:
            return encode(failure)
        except BaseException:
            return b'{"code": 1, "exc_type": "Exception", "exc_msg": "<undescribable>"}\n'

    @staticmethod
    def _identify(fd):
        """What `fd` stands for; None if it is closed."""
        try:
            found = fstat(fd)
            return found.st_dev, found.st_ino
        except OSError:
            return None

    def _pipe(self):
        """The reply pipe; opened anew if the hook has closed it or put something else in its
        place; None if that cannot be done."""
        if self._identify(self.reply) == self.identity:
            return self.reply
        try:
            fd = open_fd(self.request["reply"], REOPEN)
        except (OSError, KeyError, TypeError, ValueError):
            return None
        return fd if self._identify(fd) == self.identity else None


class Snapshot:
    """What a hook may change in its process, to be put back after a hook in this one."""

    def __init__(self):
        try:
            self.folder = os.getcwd()
        except OSError:  # somebody has removed it
            self.folder = None
        self.limits = [(which, getrlimit(which)) for which in EVERY_LIMIT]
        self.umask = os.umask(0)
        os.umask(self.umask)
        self.environment = dict(os.environ)
        self.locale = setlocale(LC_ALL, None)
        # The import has perhaps put other things there, or nothing.
        lists = [(name, getattr(sys, name, None)) for name in ("argv", "path")]
        self.lists = [(name, found, found[:]) for name, found in lists if isinstance(found, list)]
        self.streams = [(name, getattr(sys, name, None)) for name in ("stdin", "stdout", "stderr")]
        self.fds = []
        for number in (0, 1, 2):
            try:
                self.fds.append((number, move_high(os.dup(number))))
            except OSError as error:
                if error.errno != EBADF:
                    raise
        self.handlers = [(number, getsignal(number)) for number in EVERY_SIGNAL]

    def restore(self):
        """Puts back what can be put back; false: a limit is too low for good."""
        for which, limits in self.limits:
            if getrlimit(which) != limits:
                attempt(lambda: setrlimit(which, limits))
        attempt(
            lambda: os.chdir(self.folder),
            lambda: os.umask(self.umask),
            lambda: replace_environment(self.environment),
            lambda: setlocale(LC_ALL, self.locale),
        )
        for name, original, content in self.lists:
            original[:] = content
            setattr(sys, name, original)
        for name, stream in self.streams:
            setattr(sys, name, stream)
        for number, kept in self.fds:
            attempt(lambda: os.dup2(kept, number), lambda: close(kept))
        for timer in (ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF):
            setitimer(timer, 0)
        for number, handler in self.handlers:
            if handler is not None and getsignal(number) is not handler:
                # What is pending goes with the handler that it was for.
                attempt(lambda: signal(number, SIG_IGN), lambda: signal(number, handler))
        return all(getrlimit(which) == limits for which, limits in self.limits)
