"""The warm interpreter of axle-backend: it imports the build backend once and forks a hook
process for each hook, so that every hook finds warm modules and a pristine state.

The host runs it as `python -c` with the text of boot.py. That reads this text from descriptor 3
and executes it in a namespace of its own, which is in no sys.modules and has its own copy of the
builtins: `__main__` stays clean, and a hook that patches the builtins patches its own. Descriptor
4 is the control socket. Each message is a line of JSON:

    host                                        zygote
    start  backend object backend_path       -> started  proxy hooks threads python implementation
           isolation print_traceback host_pid   failed   failure (and it leaves with exit code 1)
           stack_fd stack_signal warm        (unasked:)
           immutable_environment environment    warm     trained spares training_began_us
                                                         training_ended_us
                                                watch    files
    run    id cmd kwargs cwd env umask reply -> forked   id pid (the hook begins only now)
           look
                                                failed   id failure (there is no hook process)
                                                stale    id variables (the same; and it leaves, for
                                                         what it has imported has changed, or would
                                                         be other with those variables of env)
    reap   pid                               -> reaped   pid status (as waitpid gives it) user_us
                                                         system_us strangers
    stop, or the end of the socket              kills the hooks that still run, and leaves

`strangers` is true where this process has children that neither it nor an import has made: it
leaves, so that the host gets them.

`files` is what this process depends on, as it was: a list of [path, seconds, nanoseconds, size,
inode], or [path] where there was none; or null. `look` is false where the host has found all of it
as it was.

On `stack_signal` or `rude_stack_signal` this process and every hook process writes the stacks of
its threads to `stack_fd`; see tell_stacks. With `run` comes the write end of a pipe (SCM_RIGHTS, on
a blank line before it). The hook process writes one line into it: {"return": ...}, or {"code",
"exc_type", "exc_msg"} and keys with x_; see schemas/README.md. Before it ends it writes a second
one, {"left": true, "user_us", "system_us"}, if it has neither threads nor children then. `reply` is
a path by which that pipe can be opened once more. Where the read end of a second pipe comes along,
the hook does not outlive the other end of that.

A backend with a backend_path is part of the source tree. Its code changes, so each hook process
imports it anew; here only a child tries whether it can be imported at all. With the isolation
`inline` there are no hook processes: this one imports the backend and runs the hooks itself, until
one has lowered a limit that cannot be raised again. With `fresh` it does the same for one hook, and
ends with it.

Where it is to become `warm`, it trains itself, in a folder of that path which it makes, and keeps
processes ready while it has nothing else to do: see warmth.py.

It is one program in several files, joined in the order of parts.txt: base.py, with what all of it
needs, comes first. Standard library only; CPython and PyPy from 3.8 on. When a hook has run, it may
have changed everything in its process. Hence what is needed then is bound here, and each step is
guarded.
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
from errno import EBADF, EMFILE
from fcntl import F_DUPFD_CLOEXEC, F_GETFL, F_SETFL, F_SETOWN, fcntl
from os import WNOHANG, _exit, close, fork, fstat, getpid, kill, listdir
from os import open as open_fd
from os import pipe, sched_yield, set_blocking, set_inheritable, stat, wait4, waitpid, write
from resource import RUSAGE_CHILDREN as OUR_CHILDREN
from resource import RUSAGE_SELF as OURSELVES
from resource import getrlimit, setrlimit
from resource import getrusage as own_usage
from select import POLLIN, poll
from time import monotonic, time_ns

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
            high = fcntl(fd, F_DUPFD_CLOEXEC, lowest)
        except (OSError, ValueError):  # above RLIMIT_NOFILE
            continue
        close(fd)
        return high
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
