"""The warm interpreter of axle-backend: it imports the build backend once and forks a hook
process for each hook, so that every hook finds warm modules and a pristine state.

The host runs it as `python -c` with the text of boot.py. That reads this text from descriptor 3
and executes it in a namespace of its own, which is in no sys.modules and has its own copy of the
builtins: `__main__` stays clean, and a hook that patches the builtins patches its own. Descriptor
4 is the control socket. Each message is a line of JSON:

    host                                        zygote
    start  backend object backend_path       -> started  proxy hooks threads python implementation
           isolation print_traceback host_pid   failed   failure (and it leaves with exit code 1)
           stack_fd stack_signal
    run    id cmd kwargs cwd env umask reply -> forked   id pid (the hook begins only now)
                                                failed   id failure (there is no hook process)
    reap   pid                               -> reaped   pid status (as waitpid gives it)
    stop, or the end of the socket              kills the hooks that still run, and leaves

On the signal `stack_signal` this process and every hook process writes the stacks of its threads to
`stack_fd`. With `run` comes the write end of a pipe (SCM_RIGHTS, on a blank line before it). The hook process
writes one line into it: {"return": ...}, or {"code", "exc_type", "exc_msg"} and keys with x_; see
schemas/README.md. `reply` is a path by which that pipe can be opened once more. Where the read end
of a second pipe comes along, the hook does not outlive the other end of that.

A backend with a backend_path is part of the source tree. Its code changes, so each hook process
imports it anew; here only a child tries whether it can be imported at all. With the isolation
`inline` there are no hook processes: this one imports the backend and runs the hooks itself, until
one has lowered a limit that cannot be raised again. With `fresh` it does the same for one hook, and
ends with it.

Standard library only; CPython and PyPy from 3.8 on. When a hook has run, it may have changed
everything in its process. Hence what is needed then is bound here, and each step is guarded.
"""

import sys

# For -c Python puts the working directory in front. It goes before the first import, or a json.py
# of the project would be ours.
if sys.path and sys.path[0] == "" and not getattr(sys.flags, "safe_path", False):
    del sys.path[0]

import _socket  # the C modules below socket and signal do, and start sooner
import atexit
import builtins
import gc
import json
import os
import resource
from _locale import LC_ALL, setlocale
from _signal import ITIMER_PROF, ITIMER_REAL, ITIMER_VIRTUAL, SIG_BLOCK, SIG_DFL, SIG_IGN
from _signal import SIG_SETMASK, SIG_UNBLOCK, SIGCHLD, SIGINT, SIGKILL, SIGTERM
from _signal import default_int_handler, getsignal, pthread_sigmask, setitimer, signal
from _signal import valid_signals
from errno import EMFILE
from fcntl import F_DUPFD, F_GETFL, F_SETFL, F_SETOWN, fcntl
from os import _exit, close, fork, fstat, getpid, kill, pipe, set_blocking, set_inheritable
from os import open as open_fd
from os import waitpid, write
from resource import getrlimit, setrlimit
from select import POLLIN, poll

HOOKS = {  # and their arguments, in the order of PEP 517 and PEP 660
    "get_requires_for_build_wheel": ("config_settings",),
    "get_requires_for_build_sdist": ("config_settings",),
    "get_requires_for_build_editable": ("config_settings",),
    "prepare_metadata_for_build_wheel": ("metadata_directory", "config_settings"),
    "prepare_metadata_for_build_editable": ("metadata_directory", "config_settings"),
    "build_wheel": ("wheel_directory", "config_settings", "metadata_directory"),
    "build_editable": ("wheel_directory", "config_settings", "metadata_directory"),
    "build_sdist": ("sdist_directory", "config_settings"),
}
LONGEST_REPLY = 64 << 20  # bytes in one line
LONGEST_CONTROL = (1 << 20) - 1024
LONGEST_TEXT = 64 << 10  # bytes in one text of a failure
MOST_CAUSES = 100
MOST_NOTES = 20
MOST_FRAMES = 1000  # as the interpreter prints at most
COLLECT_AFTER = 50_000  # new objects
FORK_PAUSES = 0.2, 0.6, 1.1  # seconds
NO_DESCRIPTORS = EMFILE, os.strerror(EMFILE)
OURS = (lambda: None).__code__.co_filename

BUILTINS = vars(builtins)
UNPATCHED_BUILTINS = BUILTINS.copy()
REOPEN = os.O_WRONLY | os.O_CLOEXEC | os.O_NONBLOCK  # without a reader it would wait for one
MANY_TIMES = range(1000)
EVERY_SIGNAL = valid_signals()
EVERY_LIMIT = {value for name, value in vars(resource).items() if name.startswith("RLIMIT_")}
RECURSION_LIMIT = sys.getrecursionlimit()
STREAMS = (sys.stdout, sys.stderr)
set_recursion_limit = sys.setrecursionlimit


class MissingCommand(TypeError):
    """The backend has no such hook."""


class BackendUnavailable(Exception):
    """An in-tree backend that does not come from its backend-path."""


class Encoder(json.JSONEncoder):
    """Strict JSON, which a hook that patches json.JSONEncoder does not reach."""

    iterencode = json.JSONEncoder.iterencode

    def default(self, o):
        raise TypeError(f"it has a value of type {type_name(type(o))}")


encode_json = Encoder(ensure_ascii=False, allow_nan=False).encode
encode_json_as_ascii = Encoder(ensure_ascii=True, allow_nan=False).encode
decode_json = json.JSONDecoder().decode


def encode(message):
    """One line. A lone surrogate that stands for no byte is a ValueError."""
    text = encode_json(message)
    try:
        line = text.encode()
    except UnicodeEncodeError:
        text.encode("utf-8", "surrogateescape")
        line = encode_json_as_ascii(message).encode()
    return line + b"\n"


def attempt(*steps):
    """Takes each step, whatever the others raise."""
    for step in steps:
        try:
            step()
        except BaseException:
            pass


def flush():
    """Pushes out all output, also that in streams which the hook has replaced."""
    for name in ("stdout", "stderr", "__stdout__", "__stderr__"):
        attempt(lambda: getattr(sys, name).flush())
    attempt(*(lambda stream=stream: stream.flush() for stream in STREAMS))


def finish():
    """What sys.exit does at the end, but for the teardown of the interpreter: that touches every
    page, and in a forked process each of them is copied then."""
    attempt(lambda: sys.modules["threading"]._shutdown(), atexit._run_exitfuncs, flush)


def block_signals():
    """After this no signal raises anything here."""
    for _ in MANY_TIMES:
        try:
            # It blocks first, and then lets raise what has already arrived.
            pthread_sigmask(SIG_BLOCK, EVERY_SIGNAL)
            signal(SIGINT, lambda *_: None)  # other threads still receive it, and hand it to us
            return
        except BaseException:
            pass


def move_high(fd):
    """Moves `fd` to where os.closerange(3, 256) and the like in a hook do not reach it."""
    for lowest in (512, 128, 32):
        try:
            high = fcntl(fd, F_DUPFD, lowest)
        except (OSError, ValueError):  # above RLIMIT_NOFILE
            continue
        close(fd)
        fd = high
        break
    set_inheritable(fd, False)
    return fd


def write_all(fd, data):
    """Writes `data`, or as much as there is a reader for."""
    rest = memoryview(data)
    while rest:
        try:
            rest = rest[write(fd, rest) :]
        except BlockingIOError:
            set_blocking(fd, True)
        except OSError:
            return


# --- How an exception is told. Its class, its attributes and its __str__ may be anything.

type_name = type.__dict__["__name__"].__get__
cause_of = BaseException.__cause__.__get__  # the slots themselves, whatever overrides them
context_of = BaseException.__context__.__get__
suppresses_context = BaseException.__suppress_context__.__get__
traceback_of = BaseException.__traceback__.__get__
exit_argument_of = SystemExit.code.__get__
_traceback = None


def formatter():
    """The module traceback; it is not needed to start."""
    global _traceback
    if _traceback is None:
        import traceback as _traceback
    return _traceback


def clean(text):
    """`text` as a plain str which UTF-8 can hold; without its middle if it is very long."""
    text = "".join([text])
    half = LONGEST_TEXT // 2 - 16
    middle = max(half, len(text) - half)
    head = text[:half].encode("utf-8", "backslashreplace")
    tail = text[middle:].encode("utf-8", "backslashreplace")
    if len(text) <= 2 * half and len(head) + len(tail) <= 2 * half:
        return (head + tail).decode()
    kept = head[:half].decode("utf-8", "ignore"), tail[-half:].decode("utf-8", "ignore")
    return " [... cut ...] ".join(kept)


def printable(convert, thing):
    """`str` or `repr` of `thing`, whatever it raises."""
    try:
        return clean(convert(thing))
    except BaseException:
        return f"<unprintable {type_name(type(thing))}>"


def exit_code(error):
    """The exit code that the interpreter would make of `error`."""
    if not issubclass(type(error), SystemExit):
        return 1
    code = exit_argument_of(error)
    if code is None:
        return 0
    if not issubclass(type(code), int):
        return 1
    code = int.__index__(code)
    return code if -(1 << 31) <= code < 1 << 31 else -1


def notes_of(error):
    """PEP 678."""
    try:
        return [printable(str, note) for note in list(error.__notes__)[:MOST_NOTES]]
    except BaseException:
        return []


def members_of(error):
    """The exceptions in a group, be it Python's or the backport's."""
    try:
        members = error.exceptions
        assert type(members) in (tuple, list)
        return [one for one in members if issubclass(type(one), BaseException)]
    except BaseException:
        return []


def causes_of(error):
    """The exceptions behind `error` that Python would print, each with its relation to the one
    that it is behind; root causes first. Of very many, the nearest and the farthest."""
    found, seen, waiting = [], {id(error)}, [(error, "")]
    while waiting and len(found) < 100 * MOST_CAUSES:
        current, relation = waiting.pop()
        found.append((current, relation))
        behind = [(cause_of(current), "cause")]
        if behind[0][0] is None and not suppresses_context(current):
            behind = [(context_of(current), "context")]
        for one, how in behind + [(member, "group") for member in members_of(current)]:
            if one is not None and id(one) not in seen:
                seen.add(id(one))
                waiting.append((one, how))
    found = found[:0:-1]  # without `error` itself
    if len(found) > MOST_CAUSES:
        del found[MOST_CAUSES // 2 : -MOST_CAUSES // 2]
    return found


def from_the_hook_on(error):
    """The traceback of `error` without the frames of this program."""
    trace = traceback_of(error)
    while trace is not None and trace.tb_frame.f_code.co_filename == OURS:
        trace = trace.tb_next
    return trace


def describe_alone(error):
    """What one exception says, without those behind it."""
    told = {"exc_type": clean(type_name(type(error))), "exc_msg": printable(str, error)}
    text = "{exc_type}: {exc_msg}\n".format(**told)
    try:  # Not format_exception, which walks along all causes.
        frames = formatter().format_tb(from_the_hook_on(error), -MOST_FRAMES)
        if frames:
            text = "".join(["Traceback (most recent call last):\n", *frames, text])
    except BaseException:
        pass
    told["traceback"] = clean(text)
    told["notes"] = notes_of(error)
    return told


def traceback_text(error, tree):
    """The traceback of `error` and all that is behind it, which `tree` describes."""
    long = any(len(one["exc_msg"]) > LONGEST_TEXT // 2 for one in tree)
    if len(tree) <= MOST_CAUSES and not long:
        try:  # Python prints it best; but it copies long texts, and many causes take for ever.
            trace = from_the_hook_on(error)
            lines = formatter().format_exception(type(error), error, trace, -MOST_FRAMES)
            return clean("".join(lines))
        except BaseException:
            pass
    return clean("\n".join(one["traceback"] for one in tree))


def describe(error, backend):
    """The keys of a failure."""
    failure = {"code": exit_code(error)}
    told = describe_alone(error)
    failure["exc_type"], failure["exc_msg"] = told["exc_type"], told["exc_msg"]
    if type(error) is MissingCommand:
        failure["x_missing"] = True
        return failure
    try:
        if isinstance(error, backend.UnsupportedOperation):
            failure["x_unsupported"] = True
    except BaseException:
        pass  # the backend need not have it
    causes = [dict(describe_alone(one), relation=how) for one, how in causes_of(error)]
    failure["x_traceback"] = traceback_text(error, causes + [told])
    failure["x_causes"] = causes
    failure["x_notes"] = told["notes"]
    return failure


def describe_anyhow(error, backend=None, longest=LONGEST_REPLY):
    """The same, come what may, and in no more than `longest` bytes."""
    try:
        failure = describe(error, backend)
        if len(encode(failure)) > longest:
            del failure["x_causes"], failure["x_notes"]
        return failure
    except BaseException:
        return {"code": 1, "exc_type": type_name(type(error)), "exc_msg": "<undescribable>"}


# --- The build backend.


class Backend:
    """Which object has the hooks, and how it is imported."""

    def __init__(self, module, object_path, folders):
        self.module = module
        self.object_path = object_path
        # backend-path, from the folder in which we start: a hook may be called in another. Empty:
        # the backend is an installed one.
        self.folders = [os.path.abspath(folder) for folder in folders]
        self.loaded = []  # the object, once it is imported

    def load(self):
        """The object; raises what its import raises."""
        if not self.loaded:
            if self.folders:
                self._clear_the_way()
            __import__(self.module)
            found = sys.modules[self.module]
            if self.folders:
                self._check_origin(self.module.partition(".")[0])
                self._check_origin(self.module)
            for name in filter(None, self.object_path.split(".")):
                found = getattr(found, name)
            self.loaded.append(found)
        return self.loaded[0]

    def introduce(self):
        """Imports it, and says so: the message `started` or `failed`; never raises."""
        try:
            found = self.load()
            proxy = f"BackendProxy(backend={printable(str, found)})"
            hooks = [name for name in HOOKS if self._has(found, name)]
            return {"op": "started", "proxy": proxy, "hooks": hooks}
        except BaseException as error:
            return {"op": "failed", "failure": describe_anyhow(error, None, LONGEST_CONTROL)}

    @staticmethod
    def _has(found, name):
        try:
            getattr(found, name)
        except AttributeError:
            return False
        except BaseException:
            pass  # who calls it will be told
        return True

    def _clear_the_way(self):
        """PEP 517: the folders come first on sys.path, and the backend comes from them, even if
        another module of its name has been imported already."""
        sys.path[:0] = self.folders
        top = self.module.partition(".")[0]
        for name in list(sys.modules):
            if name == top or name.startswith(top + "."):
                del sys.modules[name]
        for finder in list(sys.path_importer_cache.values()):
            if hasattr(finder, "invalidate_caches"):  # importlib's would import importlib.metadata
                finder.invalidate_caches()

    def _check_origin(self, name):
        module = sys.modules[name]
        file = getattr(module, "__file__", None)
        places = [file] if file else list(getattr(module, "__path__", []))
        for make_plain in (os.path.abspath, os.path.realpath):
            for folder in self.folders:
                start = os.path.join(make_plain(folder), "")
                if any(make_plain(place).startswith(start) for place in places):
                    return
        where = places[0] if places else "the interpreter itself"
        raise BackendUnavailable(f"{name} comes from {where}, not from backend-path")


# --- One hook.


def replace_environment(wanted):
    """Makes `wanted` the environment, for Python and for C."""
    zone = os.environ.get("TZ")
    for name in list(os.environ):
        if name not in wanted:
            del os.environ[name]
    for name, value in wanted.items():
        if os.environ.get(name) != value:
            os.environ[name] = value
    if os.environ.get("TZ") != zone:
        __import__("time").tzset()
    if "tempfile" in sys.modules:
        sys.modules["tempfile"].tempdir = None  # it keeps the first TMPDIR that it sees


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
    """One call of a hook in this process, from the request to the line on the reply pipe."""

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
                block_signals()
        except BaseException as error:
            self.error = error
        block_signals()  # a second signal may have come before the first call had done it
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
            replace_environment(self.request["env"])

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
            write_all(fd, line)
            close(fd)
            self.answered = True

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
        lists = [(name, getattr(sys, name)) for name in ("argv", "path")]
        self.lists = [(name, original, list(original)) for name, original in lists]
        self.streams = [(name, getattr(sys, name)) for name in ("stdin", "stdout", "stderr")]
        self.fds = [(number, move_high(os.dup(number))) for number in (0, 1, 2)]
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


# --- The process itself.


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
        reply = self.running.pop(pid, None)
        if reply is not None:
            close(reply)
        try:
            status = waitpid(pid, 0)[1]
        except ChildProcessError:  # not ours, or somebody has reaped it
            status = 1 << 8
        self.control.send({"op": "reaped", "pid": pid, "status": status})


def main(source_fd, control_fd):
    close(source_fd)
    sys.argv[:] = ["axle-backend"]
    prepare_signals()
    prepare_output()
    Zygote(Control(control_fd)).serve()
