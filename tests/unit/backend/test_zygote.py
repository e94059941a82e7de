"""The warm interpreter (backend/python/zygote.py), driven as axle-backend drives it: a real
process, a real socketpair, real hook processes.

    python3 tests/unit/backend/test_zygote.py [-v] [Class.test_name]

It tests the zygote under the interpreter that runs this file. Ids such as A4 in the names of tests
are those of the faults that they inject.
"""

import array
import contextlib
import fcntl
import json
import os
import pathlib
import select
import shutil
import signal
import socket
import sys
import tempfile
import textwrap
import threading
import time
import unittest

PYTHON_FOLDER = pathlib.Path(__file__).resolve().parents[3] / "backend" / "python"
BOOT_LINE = (PYTHON_FOLDER / "boot.py").read_text()
PARTS = (PYTHON_FOLDER / "parts.txt").read_text().split()
PROGRAM = "\n\n".join((PYTHON_FOLDER / part).read_text("utf-8") for part in PARTS)
PATIENCE = 60  # seconds until a wait is a failure; nothing here takes as long
PYPY = sys.implementation.name == "pypy"


def readable(fd):
    """Waits until `fd` has something to read, or its end."""
    poller = select.poll()
    poller.register(fd, select.POLLIN)
    if not poller.poll(PATIENCE * 1000):
        raise AssertionError("nothing to read: gave up waiting")


def read_all(fd):
    """Everything up to the end of the file."""
    chunks = []
    while not chunks or chunks[-1]:
        readable(fd)
        chunks.append(os.read(fd, 1 << 20))
    return b"".join(chunks)


def read_line(fd):
    """One line; what there is if the file ends before."""
    chunks = []
    while not chunks or chunks[-1] and not chunks[-1].endswith(b"\n"):
        readable(fd)
        chunks.append(os.read(fd, 1 << 20))
    return b"".join(chunks)


class Hook:
    """A hook that has been begun, from the side of the host."""

    def __init__(self, host, reply, writer):
        self.host = host
        self.reply = reply
        # Held so that the pipe has no end before a hook that closed its own has opened it again.
        self.writer = writer
        self.pid = host.receive_answer()["pid"]

    def answer(self):
        """What the hook process writes: an object."""
        line = read_line(self.reply)
        assert line.endswith(b"\n"), line[-100:]
        return json.loads(line.decode())

    def rest(self):
        """What it writes besides, once it has ended."""
        os.close(self.writer)
        self.writer = None
        return read_all(self.reply)

    def close(self):
        for fd in (self.reply, self.writer):
            if fd is not None:
                os.close(fd)

    def reap(self):
        """The wait status of the process."""
        self.host.send({"op": "reap", "pid": self.pid})
        told = self.host.receive_answer()
        assert (told["op"], told["pid"]) == ("reaped", self.pid), told
        return told["status"]


class Host:
    """Starts a zygote and speaks with it."""

    def __init__(self, folder, environment, cwd):
        self.output_path = os.path.join(folder, "stdout")
        self.errors_path = os.path.join(folder, "stderr")
        self.socket, theirs = socket.socketpair()
        self.socket.settimeout(PATIENCE)
        self.lines = self.socket.makefile("rb")
        self.status = None
        self.last_id = 0
        with tempfile.TemporaryFile() as program:
            program.write(PROGRAM.encode())
            program.flush()
            source = os.dup(program.fileno())
        high = [fcntl.fcntl(fd, fcntl.F_DUPFD, 100) for fd in (source, theirs.fileno())]
        # Not subprocess: it cannot give a child the descriptors 3 and 4.
        self.pid = os.fork()
        if self.pid == 0:
            try:
                os.setsid()
                os.chdir(cwd)
                flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
                for fd, path in ((1, self.output_path), (2, self.errors_path)):
                    os.dup2(os.open(path, flags, 0o600), fd)
                os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
                os.dup2(high[0], 3)
                os.dup2(high[1], 4)
                os.closerange(5, 256)
                os.execve(sys.executable, [sys.executable, "-c", BOOT_LINE], environment)
            finally:
                os._exit(127)
        for fd in (source, *high):
            os.close(fd)
        theirs.close()

    def start(self, module, object_path=None, backend_path=(), isolation="forked", trace=False,
              **more):
        self.send(
            {
                "op": "start",
                "backend": module,
                "object": object_path,
                "backend_path": [str(folder) for folder in backend_path],
                "isolation": isolation,
                "print_traceback": trace,
                "host_pid": os.getpid(),
                **more,
            }
        )
        return self.receive()

    def send(self, message):
        self.socket.sendall(json.dumps(message).encode() + b"\n")

    def receive(self):
        """The zygote's next message; None if it has left."""
        line = self.lines.readline()
        return json.loads(line.decode()) if line else None

    def receive_answer(self):
        """The next message that it does not tell unasked."""
        told = self.receive()
        while told["op"] == "warm":
            told = self.receive()
        return told

    def begin(self, cmd, kwargs=None, lifeline=(), **request):
        """Begins a hook; what it answers is read from the `Hook`."""
        reply, end = os.pipe()
        self.last_id += 1
        self.pass_fds(end, *lifeline)
        message = {"op": "run", "id": self.last_id, "cmd": cmd, "kwargs": kwargs or {}}
        message.update({"cwd": None, "env": None, "umask": None})
        message["reply"] = "/proc/%d/fd/%d" % (os.getpid(), reply)
        message.update(request)
        self.send(message)
        return Hook(self, reply, end)

    def pass_fds(self, *fds):
        payload = array.array("i", fds).tobytes()
        self.socket.sendmsg([b"\n"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, payload)])

    def call(self, cmd, kwargs=None, lifeline=(), **request):
        """Runs a hook to the end and returns its answer."""
        hook = self.begin(cmd, kwargs, lifeline, **request)
        answer = hook.answer()
        if hook.pid != self.pid:  # not inline
            status = hook.reap()
            assert status == 0, status
        hook.close()
        return answer

    def output(self):
        return pathlib.Path(self.output_path).read_text(encoding="utf-8")

    def errors(self):
        return pathlib.Path(self.errors_path).read_text(encoding="utf-8")

    def wait(self):
        """The zygote's wait status, once its socket says that it has left."""
        if self.status is None:
            while self.receive() is not None:
                pass
            self.status = os.waitpid(self.pid, 0)[1]
        return self.status

    def close(self):
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        self.lines.close()
        self.socket.close()


class Case(unittest.TestCase):
    """A folder with a backend in it, and zygotes that know it by PYTHONPATH."""

    maxDiff = None

    def setUp(self):
        self.folder = self.make_folder(self.addCleanup)
        self.cwd = os.path.join(self.folder, "cwd")
        os.mkdir(self.cwd)

    @staticmethod
    def make_folder(add_cleanup):
        folder = tempfile.mkdtemp(prefix="axle-zygote-")
        add_cleanup(shutil.rmtree, folder, True)
        return os.path.realpath(folder)

    def write(self, name, source):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        pathlib.Path(path).write_text(textwrap.dedent(source), encoding="utf-8")
        return path

    def host(self, **environment):
        host = Host(self.folder, self.environment(self.folder, environment), self.cwd)
        self.addCleanup(host.close)
        return host

    @staticmethod
    def environment(folder, more):
        names = {"PATH", "LD_LIBRARY_PATH"} & set(os.environ)
        fixed = {"PYTHONPATH": folder, "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"}
        return {**{name: os.environ[name] for name in names}, **fixed, **more}

    def started(self, source, isolation="forked", trace=False, **environment):
        """A host whose zygote has imported `source`."""
        self.write("backend.py", source)
        host = self.host(**environment)
        answer = host.start("backend", isolation=isolation, trace=trace)
        self.assertEqual(answer["op"], "started", answer)
        return host

    def fifo(self):
        """A path that hooks open for writing, and its end for reading."""
        path = os.path.join(self.folder, "fifo%d" % len(os.listdir(self.folder)))
        os.mkfifo(path)
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, fd)
        # A writer of our own until the first line is read: without one, the FIFO is at its end.
        return path, fd


class OneBackend(Case):
    """Many tests with one zygote: also a proof that no hook leaves anything to the next."""

    SOURCE = ""

    @classmethod
    def setUpClass(cls):
        cleanups = []
        cls.shared = cls.make_folder(lambda *call: cleanups.append(call))
        pathlib.Path(cls.shared, "backend.py").write_text(textwrap.dedent(cls.SOURCE), "utf-8")
        cls.the_host = Host(cls.shared, cls.environment(cls.shared, {}), cls.shared)
        cls.the_pid = cls.the_host.pid
        answer = cls.the_host.start("backend")
        assert answer["op"] == "started", answer
        cls.cleanups = cleanups

    @classmethod
    def tearDownClass(cls):
        cls.the_host.close()
        for function, *arguments in cls.cleanups:
            function(*arguments)

    def call(self, cmd, kwargs=None, **request):
        return self.the_host.call(cmd, kwargs, **request)

    def failure(self, cmd, exc_type, exc_msg=None, code=1):
        """The answer of a hook that fails as told."""
        answer = self.call(cmd)
        self.assertNotIn("return", answer)
        self.assertEqual((answer["exc_type"], answer["code"]), (exc_type, code), answer)
        if exc_msg is not None:
            self.assertEqual(answer["exc_msg"], exc_msg)
        return answer


class StartTest(Case):
    def test_started_tells_about_the_backend_and_the_interpreter(self):
        path = self.write("backend.py", "def build_wheel(): 0\ndef build_sdist(): 0\nother = 1")
        answer = self.host().start("backend")
        self.assertEqual(
            answer,
            {
                "op": "started",
                "proxy": "BackendProxy(backend=<module 'backend' from %r>)" % path,
                "hooks": ["build_wheel", "build_sdist"],
                "threads": 1,
                "python": "%d.%d.%d" % sys.version_info[:3],
                "implementation": sys.implementation.name,
            },
        )

    def test_object_paths_are_walked(self):
        self.write("pack/__init__.py", "")
        self.write(
            "pack/deep.py",
            """
            class Outer:
                class inner:
                    build_wheel = staticmethod(lambda wheel_directory: "x.whl")
            """,
        )
        host = self.host()
        answer = host.start("pack.deep", "Outer.inner")
        self.assertEqual(answer["hooks"], ["build_wheel"])
        self.assertEqual(answer["proxy"], "BackendProxy(backend=<class 'pack.deep.Outer.inner'>)")
        self.assertEqual(host.call("build_wheel", {"wheel_directory": "/d"}), {"return": "x.whl"})

    def fail_to_start(self, source, object_path=None):
        self.write("backend.py", source)
        host = self.host()
        answer = host.start("backend", object_path)
        self.assertEqual(answer["op"], "failed")
        self.assertEqual(os.WEXITSTATUS(host.wait()), 1)
        return answer["failure"]

    def test_an_import_error_is_told(self):
        failure = self.fail_to_start("import not_there")
        self.assertEqual(failure["exc_type"], "ModuleNotFoundError")
        self.assertEqual(failure["exc_msg"], "No module named 'not_there'")
        self.assertEqual(failure["code"], 1)
        self.assertIn('backend.py", line 1', failure["x_traceback"])
        self.assertNotIn("axle-backend", failure["x_traceback"])
        self.assertNotIn("importlib", failure["x_traceback"])

    def test_a_backend_that_is_not_there_is_told(self):
        host = self.host()
        failure = host.start("absent.backend")["failure"]
        self.assertEqual(failure["exc_type"], "ModuleNotFoundError")

    def test_a_syntax_error_is_told(self):
        failure = self.fail_to_start("def :")
        self.assertEqual(failure["exc_type"], "SyntaxError")
        self.assertIn("    def :", failure["x_traceback"])

    def test_system_exit_at_import_is_told(self):
        failure = self.fail_to_start("raise SystemExit(0)")
        self.assertEqual((failure["exc_type"], failure["code"]), ("SystemExit", 0))
        failure = self.fail_to_start("# longer\nraise SystemExit(7)")
        self.assertEqual((failure["exc_type"], failure["code"]), ("SystemExit", 7))

    def test_a_missing_object_is_told(self):
        failure = self.fail_to_start("x = 1", "x.y")
        self.assertEqual(failure["exc_type"], "AttributeError")
        self.assertEqual(failure["exc_msg"], "'int' object has no attribute 'y'")

    def test_a_failure_fits_into_a_control_line(self):
        failure = self.fail_to_start(
            """
            error = None
            for number in range(99):
                try:
                    raise ValueError("x" * 30000)
                except ValueError as caught:
                    caught.__cause__ = error
                    error = caught
            raise error
            """
        )
        self.assertEqual(failure["exc_type"], "ValueError")
        self.assertLess(len(json.dumps(failure)), 1 << 20)

    def test_the_end_of_the_process_at_import_is_the_end_of_the_socket(self):
        self.write("backend.py", "import os; os._exit(0)")
        host = self.host()
        self.assertIsNone(host.start("backend"))
        self.assertEqual(host.wait(), 0)

    def test_a4_an_unprintable_backend_starts(self):
        self.write(
            "backend.py",
            """
            class Evil:
                def __repr__(self):
                    raise SystemExit(3)
            evil = Evil()
            """,
        )
        host = self.host()
        answer = host.start("backend", "evil")
        self.assertEqual(answer["proxy"], "BackendProxy(backend=<unprintable Evil>)")
        answer = host.call("build_wheel")
        self.assertEqual(answer["exc_msg"], "<unprintable Evil> has no attribute 'build_wheel'")

    def test_c5_threads_of_the_import_are_counted(self):
        self.write(
            "backend.py",
            """
            import threading
            threading.Thread(target=threading.Event().wait, daemon=True).start()
            """,
        )
        self.assertEqual(self.host().start("backend")["threads"], 2)

    def test_main_and_path_and_argv_are_clean(self):
        self.write("cwd/json.py", "raise RuntimeError('a json.py of the project')")
        host = self.started(
            """
            import sys
            def look():
                main = sys.modules["__main__"]
                names = [name for name in vars(main) if not name.startswith("__")]
                ours = [name for name in sys.modules if "axle" in name or "zygote" in name]
                return [names, ours, sys.argv, "" in sys.path, sys.path[0]]
            """
        )
        self.assertEqual(
            host.call("look"), {"return": [[], [], ["axle-backend"], False, self.folder]}
        )

    def test_a_safe_path_stays_as_it_is(self):
        host = self.started("import sys\ndef look(): return sys.path[0]", PYTHONSAFEPATH="1")
        self.assertEqual(host.call("look"), {"return": self.folder})

    def test_what_the_import_prints_appears_once(self):
        host = self.started(
            """
            import os, sys
            print("half a line", end="")
            os.write(1, b"|raw|")
            print("warning", file=sys.stderr)
            def hook(): print("hook")
            """
        )
        for _ in range(2):
            host.call("hook")
        self.assertEqual(host.output().count("half a line"), 1)
        self.assertEqual(host.output().count("hook\n"), 2)
        self.assertIn("|raw|", host.output())
        self.assertEqual(host.errors(), "warning\n")

    def test_signal_handlers_of_the_import_do_not_reach_the_zygote(self):
        host = self.started(
            """
            import signal
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            signal.signal(signal.SIGCHLD, signal.SIG_IGN)
            def hook(): return 1
            """
        )
        os.kill(host.pid, signal.SIGINT)
        self.assertEqual(host.call("hook"), {"return": 1})  # and its wait status is 0

    def test_a_host_that_leaves_at_once_is_followed(self):
        host = self.host()
        host.socket.shutdown(socket.SHUT_WR)
        self.assertEqual(host.wait(), 0)


class RaisingTest(OneBackend):
    SOURCE = """
    import os, sys

    class UnsupportedOperation(Exception):
        pass

    class Bare(BaseException):
        pass

    def exception(): raise ValueError("wrong \\u00e9 \\udc80")
    def base_exception(): raise Bare("bare")
    def generator_exit(): raise GeneratorExit("gone")
    def keyboard_interrupt(): raise KeyboardInterrupt
    def unsupported(): raise type("Sub", (UnsupportedOperation,), {})("cannot")

    def system_exit(code): raise SystemExit(code)
    def system_exit_bare(): raise SystemExit
    def system_exit_object(): raise SystemExit(object())
    def system_exit_pair(): raise SystemExit(1, 2)

    class BadStr(Exception):
        def __str__(self): raise RuntimeError
    class BadRepr(Exception):
        def __repr__(self): raise RuntimeError
    class ExitingStr(Exception):
        def __str__(self): sys.exit(3)
    class NoStr(Exception):
        def __str__(self): return 7
    class StrangeStr(Exception):
        def __str__(self):
            return type("S", (str,), {"__getitem__": None, "encode": None, "__len__": None})("odd")
    class Meta(type):
        __name__ = property(lambda self: 1 / 0)
        def __repr__(self): raise Bare
    class BadMeta(Exception, metaclass=Meta):
        pass
    class BadAttributes(Exception):
        @property
        def oops(self): raise Bare
        __class__ = __cause__ = __context__ = __traceback__ = __notes__ = exceptions = oops
        __suppress_context__ = oops
    class BadCode(SystemExit):
        @property
        def code(self): os._exit(9)

    def bad_str(): raise BadStr
    def bad_repr(): raise BadRepr("told")
    def exiting_str(): raise ExitingStr
    def no_str(): raise NoStr
    def strange_str(): raise StrangeStr
    def bad_meta(): raise BadMeta("meta")
    def bad_attributes(): raise BadAttributes("told")
    def bad_code(): raise BadCode(4)

    def recursion(): return recursion()
    def memory(): raise MemoryError
    def real_memory(): return [0] * (1 << 60)
    def huge_message(): raise ValueError("x" * (1 << 28) + "end")
    def huge_cause():
        raise ValueError("short") from ValueError("x" * (1 << 28))
    def deep_chain():
        error = ValueError("root")
        for number in range(1000000):
            following = ValueError(number)
            following.__cause__ = error
            error = following
        raise error
    def circle():
        one, two = ValueError("one"), ValueError("two")
        one.__cause__, two.__cause__ = two, one
        raise ValueError("three") from one

    def chain():
        try:
            try:
                {}["root"]
            except KeyError:
                raise ValueError("middle")
        except ValueError as error:
            raise RuntimeError("top") from error
    def suppressed():
        try:
            1 / 0
        except ZeroDivisionError:
            raise ValueError("top") from None
    class Group(Exception):
        def __init__(self, message, exceptions):
            super().__init__(message)
            self.exceptions = tuple(exceptions)
    def group():
        kind = getattr(__builtins__, "ExceptionGroup", None) or Group
        if isinstance(__builtins__, dict):
            kind = __builtins__.get("ExceptionGroup", Group)
        one, two = ValueError("one"), TypeError("two")
        two.__cause__ = OSError("behind two")
        raise kind("both", [one, two])
    def notes():
        error = ValueError("noted")
        error.__notes__ = ["first", BadStr()]
        raise error

    def ok(): return "ok"
    def noisy():
        print("some output")
        raise ValueError("noisy")
    """

    def test_a1_exceptions_are_told_with_their_traceback(self):
        answer = self.failure("exception", "ValueError", "wrong \u00e9 \\udc80")
        lines = answer["x_traceback"].splitlines()
        self.assertEqual(lines[0], "Traceback (most recent call last):")
        self.assertIn('backend.py", line', lines[1])
        self.assertIn("in exception", lines[1])
        self.assertEqual(lines[-1], "ValueError: wrong \u00e9 \\udc80")
        self.assertNotIn("axle-backend", answer["x_traceback"])
        self.assertEqual((answer["x_causes"], answer["x_notes"]), ([], []))
        self.assertNotIn("x_unsupported", answer)

    def test_a1_base_exceptions_are_told(self):
        self.failure("base_exception", "Bare", "bare")
        self.failure("generator_exit", "GeneratorExit", "gone")

    def test_a2_system_exit_gives_an_int(self):
        for argument, code in (
            (None, 0),
            (0, 0),
            (3, 3),
            (-1, -1),
            (True, 1),
            (False, 0),
            (1 << 40, -1),
            ("text", 1),
            (1.5, 1),
            ([], 1),
        ):
            with self.subTest(argument=argument):
                answer = self.call("system_exit", {"code": argument})
                self.assertEqual((answer["exc_type"], answer["code"]), ("SystemExit", code))
                self.assertEqual(answer["exc_msg"], str(argument))
        self.failure("system_exit_bare", "SystemExit", "", code=0)
        self.failure("system_exit_object", "SystemExit", code=1)
        self.failure("system_exit_pair", "SystemExit", "(1, 2)", code=1)

    def test_a3_keyboard_interrupt_is_an_ordinary_failure(self):
        self.failure("keyboard_interrupt", "KeyboardInterrupt", "")

    def test_a4_exceptions_that_cannot_be_printed_are_told(self):
        self.failure("bad_str", "BadStr", "<unprintable BadStr>")
        self.failure("bad_repr", "BadRepr", "told")
        self.failure("exiting_str", "ExitingStr", "<unprintable ExitingStr>")
        self.failure("no_str", "NoStr", "<unprintable NoStr>")
        self.failure("strange_str", "StrangeStr", "odd")
        self.failure("bad_meta", "BadMeta", "meta")
        if not PYPY:  # where to raise it is an error itself
            self.failure("bad_attributes", "BadAttributes", "told")
        self.failure("bad_code", "BadCode", "4", code=4)
        self.assertEqual(self.call("ok"), {"return": "ok"})

    def test_a5_recursion_and_memory_errors_are_told(self):
        answer = self.failure("recursion", "RecursionError")
        self.assertIn("in recursion", answer["x_traceback"])
        self.failure("memory", "MemoryError", "")
        self.failure("real_memory", "MemoryError")

    def test_a5_a_huge_message_loses_its_middle(self):
        answer = self.failure("huge_message", "ValueError")
        self.assertLessEqual(len(answer["exc_msg"]), 64 << 10)
        self.assertRegex(answer["exc_msg"], r"^x+ \[\.\.\. cut \.\.\.\] x+end$")
        self.assertLessEqual(len(answer["x_traceback"]), 64 << 10)
        self.assertIn("in huge_message", answer["x_traceback"])
        answer = self.failure("huge_cause", "ValueError", "short")
        self.assertLessEqual(len(answer["x_causes"][0]["exc_msg"]), 64 << 10)

    def test_a5_a_chain_of_a_million_is_cut(self):
        answer = self.failure("deep_chain", "ValueError", "999999")
        self.assertEqual(len(answer["x_causes"]), 100)
        self.assertEqual(answer["x_causes"][-1]["exc_msg"], "999998")
        self.assertEqual(answer["x_traceback"].count("ValueError: "), 101)

    def test_a5_a_circle_of_causes_is_cut(self):
        answer = self.failure("circle", "ValueError", "three")
        self.assertEqual([cause["exc_msg"] for cause in answer["x_causes"]], ["two", "one"])

    def told_causes(self, answer):
        return [(c["exc_type"], c["exc_msg"], c["relation"]) for c in answer["x_causes"]]

    def test_causes_come_root_first(self):
        answer = self.failure("chain", "RuntimeError", "top")
        self.assertEqual(
            self.told_causes(answer),
            [("KeyError", "'root'", "context"), ("ValueError", "middle", "cause")],
        )
        self.assertIn("in chain", answer["x_causes"][0]["traceback"])
        self.assertNotIn("ValueError", answer["x_causes"][0]["traceback"])
        self.assertIn("During handling of the above exception", answer["x_traceback"])
        self.assertIn("The above exception was the direct cause", answer["x_traceback"])

    def test_a_suppressed_context_is_not_told(self):
        self.assertEqual(self.failure("suppressed", "ValueError")["x_causes"], [])

    def test_the_members_of_a_group_are_causes(self):
        answer = self.call("group")
        self.assertEqual(
            self.told_causes(answer),
            [
                ("ValueError", "one", "group"),
                ("OSError", "behind two", "cause"),
                ("TypeError", "two", "group"),
            ],
        )

    def test_notes_are_told(self):
        answer = self.failure("notes", "ValueError", "noted")
        self.assertEqual(answer["x_notes"], ["first", "<unprintable BadStr>"])

    def test_unsupported_operation_is_marked(self):
        self.assertIs(self.failure("unsupported", "Sub", "cannot")["x_unsupported"], True)

    def test_tracebacks_are_not_printed_unasked(self):
        self.failure("noisy", "ValueError", "noisy")
        self.assertEqual(self.the_host.errors(), "")


class PrintedTracebackTest(Case):
    def test_tracebacks_are_printed_when_wanted(self):
        host = self.started("def hook(): raise SystemExit(2)", trace=True)
        answer = host.call("hook")
        self.assertIn("SystemExit: 2", answer["x_traceback"])
        self.assertEqual(host.errors(), answer["x_traceback"])

    def test_a9_none_is_printed_for_a_missing_hook(self):
        host = self.started("", trace=True)
        self.assertEqual(host.call("build_wheel")["exc_type"], "MissingCommand")
        self.assertEqual(host.errors(), "")

    def test_d2_a_stderr_that_raises_does_not_matter(self):
        host = self.started(
            """
            import sys
            class Broken:
                def write(self, text): raise SystemExit(1)
                flush = write
            def hook():
                sys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = Broken()
                raise ValueError("told")
            """,
            trace=True,
        )
        self.assertEqual(host.call("hook")["exc_msg"], "told")


class ReturningTest(OneBackend):
    SOURCE = """
    import pathlib, sys
    def value(value=None): return value
    def a_tuple(): return ("a", 1, None, True, 1.5, {"k": [{}]})
    def a_set(): return {1}
    def some_bytes(): return b"x.whl"
    def a_path(): return [pathlib.PurePosixPath("x.whl")]
    def a_key(): return {(1, 2): 3}
    def nan(): return [float("nan")]
    def infinite(): return {"x": float("inf")}
    def surrogate(): return "x\\udfff.whl"
    def deep():
        sys.setrecursionlimit(10000000)
        value = []
        for _ in range(100000): value = [value]
        return value
    def circle():
        value = []
        value.append(value)
        return value
    def big(): return "\\u00e9" * 25000000
    def too_big(): return "x" * (64 << 20)
    class Exiting(dict):
        def items(self): raise SystemExit(5)
    def exiting():
        class Number(int):
            def __repr__(self): raise SystemExit(5)
            __str__ = __repr__
        return Number(7)
    """

    def test_json_values_come_as_they_are(self):
        for value in (None, "x.whl", "\u00e9\U0001f600\u2028\n\0", [], ["a"], {"k": 1.5}, 0, True):
            with self.subTest(value=value):
                self.assertEqual(self.call("value", {"value": value}), {"return": value})
        self.assertEqual(self.call("a_tuple"), {"return": ["a", 1, None, True, 1.5, {"k": [{}]}]})

    def test_a8_what_is_no_json_is_a_failure_that_names_hook_and_type(self):
        for hook, exc_type, words in (
            ("a_set", "TypeError", ["a_set", "type set"]),
            ("some_bytes", "TypeError", ["some_bytes", "type bytes"]),
            ("a_path", "TypeError", ["a_path", "type PurePosixPath"]),
            ("a_key", "TypeError", ["a_key"]),
            ("nan", "ValueError", ["nan returned"]),
            ("infinite", "ValueError", ["infinite"]),
            ("surrogate", "ValueError", ["surrogate returned", "surrogates not allowed"]),
            ("deep", "ValueError", ["deep", "nested"]),
            ("circle", "ValueError", ["circle"]),
        ):
            with self.subTest(hook=hook):
                answer = self.failure(hook, exc_type)
                for word in words:
                    self.assertIn(word, answer["exc_msg"])
                self.assertEqual(answer["x_causes"], [])

    def test_a8_a_value_whose_class_is_hostile_is_answered(self):
        self.assertIn(self.call("exiting").get("return"), (7, None))

    def test_a8_fifty_megabytes_come_whole(self):
        self.assertEqual(self.call("big"), {"return": "\u00e9" * 25000000})

    def test_a8_more_than_sixty_four_mebibytes_are_a_failure(self):
        answer = self.failure("too_big", "ValueError")
        self.assertIn("too_big returned 67108", answer["exc_msg"])


class CallingTest(OneBackend):
    SOURCE = """
    def build_wheel(folder, settings=None, metadata="none given", **named):
        return [folder, settings, metadata, named]
    def build_editable(wheel_directory):
        return wheel_directory
    def build_sdist(folder, config_settings):
        return [folder, config_settings]
    def prepare_metadata_for_build_wheel(where, /, *rest, **named): return [where, rest, named]
    def get_requires_for_build_wheel(settings=None): return [settings]
    def get_requires_for_build_sdist(): return []
    def other(*positional, **named): return [positional, named]
    def __getattr__(name):
        if name == "exits": raise SystemExit("by __getattr__")
        if name == "computed": return lambda: "computed"
        raise AttributeError(name)
    def _private(): return 1
    """

    def test_hooks_are_called_by_position(self):
        both = {"wheel_directory": "/w", "config_settings": {"k": ["v"]}}
        self.assertEqual(
            self.call("build_wheel", both), {"return": ["/w", {"k": ["v"]}, "none given", {}]}
        )
        self.assertEqual(
            self.call("build_wheel", {**both, "metadata_directory": "/m"}),
            {"return": ["/w", {"k": ["v"]}, "/m", {}]},
        )
        self.assertEqual(self.call("build_editable", {"wheel_directory": "/w"}), {"return": "/w"})
        self.assertEqual(
            self.call("prepare_metadata_for_build_wheel", {"metadata_directory": "/m"}),
            {"return": ["/m", [], {}]},
        )
        self.assertEqual(
            self.call("get_requires_for_build_wheel", {"config_settings": None}), {"return": [None]}
        )
        self.assertEqual(self.call("get_requires_for_build_sdist"), {"return": []})

    def test_a_gap_is_filled_with_none(self):
        kwargs = {"wheel_directory": "/w", "metadata_directory": "/m"}
        self.assertEqual(self.call("build_wheel", kwargs), {"return": ["/w", None, "/m", {}]})

    def test_unknown_arguments_go_by_name(self):
        self.assertEqual(
            self.call("build_wheel", {"wheel_directory": "/w", "more": 1}),
            {"return": ["/w", None, "none given", {"more": 1}]},
        )
        self.assertEqual(self.call("other", {"b": 1, "a": 2}), {"return": [[], {"b": 1, "a": 2}]})

    def test_a_missing_argument_is_pythons_own_type_error(self):
        answer = self.call("build_editable", {"config_settings": None})
        self.assertEqual(answer["exc_type"], "TypeError")
        self.assertIn("build_editable()", answer["exc_msg"])
        for kwargs in ({}, {"config_settings": {}}, {"metadata_directory": "/m"}):
            answer = self.call("build_wheel", kwargs)
            self.assertIn("missing 1 required positional argument: 'folder'", answer["exc_msg"])
        answer = self.call("build_sdist", {"sdist_directory": "/s"})
        self.assertIn("'config_settings'", answer["exc_msg"])

    def test_a9_a_missing_hook_is_told_as_pyproject_api_does(self):
        path = os.path.join(self.shared, "backend.py")
        text = "<module 'backend' from %r> has no attribute 'absent'" % path
        answer = self.failure("absent", "MissingCommand", text)
        self.assertIs(answer["x_missing"], True)
        self.assertNotIn("x_traceback", answer)

    def test_a9_names_with_an_underscore_are_missing(self):
        for name in ("_private", "__getattr__", "_exit"):
            self.failure(name, "MissingCommand")

    def test_a9_a_getattr_that_raises_is_an_ordinary_failure(self):
        answer = self.failure("exits", "SystemExit", "by __getattr__")
        self.assertNotIn("x_missing", answer)
        self.assertEqual(self.call("computed"), {"return": "computed"})

    def test_a_megabyte_of_arguments_arrives(self):
        settings = {"key%d" % number: "v" * 1000 for number in range(1100)}
        answer = self.call("get_requires_for_build_wheel", {"config_settings": settings})
        self.assertEqual(answer, {"return": [settings]})


class DyingTest(Case):
    SOURCE = """
    import ctypes, os, signal, sys, threading
    def leave(code):
        print("before")
        os._exit(code)
    def crash(number):
        print("before", end="")
        os.kill(os.getpid(), number)
    def replace(): os.execv("/bin/sh", ["sh", "-c", "exit 5"])
    def kill_all(): os.kill(0, signal.SIGKILL)
    def linger(path):
        import atexit
        atexit.register(signal.pause)
        return "answered"
    def thread():
        threading.Thread(target=signal.pthread_sigmask and threading.Event().wait).start()
        return "answered"
    def limit():
        import resource
        resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        with open("large", "wb") as file: file.write(b"x" * 100)
    def read_limit():
        import resource
        return resource.getrlimit(resource.RLIMIT_FSIZE)[0]
    def ok(): return "ok"
    """

    def setUp(self):
        super().setUp()
        self.the_host = self.started(self.SOURCE)

    def die(self, cmd, kwargs=None):
        """The wait status of a hook that does not answer."""
        hook = self.the_host.begin(cmd, kwargs)
        status = hook.reap()
        self.assertEqual(hook.rest(), b"")
        hook.close()
        self.assertEqual(self.the_host.call("ok"), {"return": "ok"})
        return status

    def test_b1_exit_without_an_answer(self):
        self.assertEqual(os.WEXITSTATUS(self.die("leave", {"code": 0})), 0)
        self.assertEqual(os.WEXITSTATUS(self.die("leave", {"code": 7})), 7)
        self.assertEqual(self.the_host.output(), "before\n" * 2)

    def test_b2_death_by_a_signal(self):
        for name in ("SIGSEGV", "SIGBUS", "SIGILL", "SIGFPE", "SIGABRT", "SIGKILL", "SIGTERM"):
            with self.subTest(name=name):
                number = int(getattr(signal, name))
                self.assertEqual(os.WTERMSIG(self.die("crash", {"number": number})), number)
        self.assertIn("Segmentation fault", self.the_host.errors())
        self.assertIn("in crash", self.the_host.errors())

    def test_b6_another_program_in_its_place(self):
        self.assertEqual(os.WEXITSTATUS(self.die("replace")), 5)

    def test_b7_its_group_is_its_own(self):
        self.assertEqual(os.WTERMSIG(self.die("kill_all")), signal.SIGKILL)

    def test_b8_the_answer_comes_before_threads_and_exit_handlers_end(self):
        for cmd, kwargs in (("linger", {"path": ""}), ("thread", {})):
            with self.subTest(cmd=cmd):
                hook = self.the_host.begin(cmd, kwargs)
                self.assertEqual(hook.answer(), {"return": "answered"})
                os.kill(hook.pid, signal.SIGKILL)
                self.assertEqual(os.WTERMSIG(hook.reap()), signal.SIGKILL)

    def test_b9_limits_do_not_reach_the_next_hook(self):
        limit = self.the_host.call("read_limit")
        self.assertEqual(os.WTERMSIG(self.die("limit")), signal.SIGXFSZ)
        self.assertEqual(self.the_host.call("read_limit"), limit)


class ChannelTest(OneBackend):
    SOURCE = """
    import atexit, builtins, io, json, os, resource, signal, sys, threading

    def replace_streams():
        sys.stdout = sys.stderr = io.StringIO()
        return 1
    def drop_streams():
        sys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = None
        return 2
    def delete_streams():
        del sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__
        return 3
    def close_streams():
        sys.stdout.close()
        sys.stderr.close()
        return 4
    def close_fds():
        print("unfinished", end="")
        os.close(1)
        os.close(2)
        return 5
    def null_fds():
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        return 6

    def close_low():
        os.closerange(0, 256)
        return "low"
    def close_all():
        os.closerange(3, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
        return "all"
    def close_all_later():
        import time
        time.sleep(0.3)
        return close_all()
    def overwrite_all():
        null = os.open(os.devnull, os.O_WRONLY)
        for name in os.listdir("/proc/self/fd"):
            if int(name) > 2 and int(name) != null: os.dup2(null, int(name))
        return "all"
    def lose_all():
        os.closerange(0, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
        raise ValueError("lost")

    def read_stdin(): return [sys.stdin.read(), os.read(0, 10).decode()]
    def child_reads_stdin():
        import subprocess
        return subprocess.run(["cat"], stdout=subprocess.PIPE).stdout.decode()

    def fork_twice(code=None):
        pid = os.fork()
        if pid == 0:
            print("from the copy")
            if code is None: return "the copy"
            raise SystemExit(code)
        return os.waitpid(pid, 0)[1]

    def break_all():
        def broken(*arguments, **named): raise SystemExit("broken")
        json.JSONEncoder.default = lambda self, value: "patched"
        json.JSONEncoder.encode = json.JSONEncoder.iterencode = json.dumps = broken
        for name in ("write", "open", "fstat", "getpid", "close", "_exit"):
            setattr(os, name, broken)
        sys.setrecursionlimit(150)
        sys.modules.clear()
        names = [name for name in vars(builtins) if name.islower() and not name.startswith("_")]
        namespace = vars(builtins)
        for name in names: namespace[name] = None
        return "unbroken"
    def break_encoder():
        json.JSONEncoder.default = lambda self, value: "patched"
        return {1}

    def alarms():
        def raises(*_): raise ValueError("late")
        signal.signal(signal.SIGALRM, raises)
        signal.setitimer(signal.ITIMER_REAL, 0.0001, 0.0001)
        try:
            while True: pass
        except ValueError:
            return "through"

    def change_all():
        os.umask(0o777)
        os.chdir("/")
        os.environ["CHANGED"] = "1"
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        sys.argv[:] = ["x"]
        sys.path.append("/x")
        sys.modules["changed"] = sys
        builtins.changed = True
    def look():
        mask = os.umask(0)
        numbers = (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT)
        handlers = [str(signal.getsignal(number)) for number in numbers]
        return [mask, os.getcwd(), dict(os.environ), handlers, sys.argv, sys.path,
                "changed" in sys.modules, hasattr(builtins, "changed"), os.getsid(0) == os.getpid()]
    def handlers():
        return [signal.getsignal(signal.SIGINT) is signal.default_int_handler,
                signal.getsignal(signal.SIGTERM) == signal.SIG_DFL,
                sorted(signal.pthread_sigmask(signal.SIG_BLOCK, []))]
    def open_fds():
        folder = "/proc/self/fd/"
        return sorted(int(fd) for fd in os.listdir(folder) if os.path.exists(folder + fd))
    """

    def test_d2_streams_that_are_replaced_or_closed(self):
        names = ("replace", "drop", "delete", "close")
        for number, name in enumerate(names, 1):
            with self.subTest(name=name):
                self.assertEqual(self.call(name + "_streams"), {"return": number})
        self.assertEqual(self.call("close_fds"), {"return": 5})
        self.assertEqual(self.call("null_fds"), {"return": 6})

    def test_d3_descriptors_that_are_closed(self):
        self.assertEqual(self.call("close_low"), {"return": "low"})
        self.assertEqual(self.call("close_all"), {"return": "all"})
        self.assertEqual(self.call("overwrite_all"), {"return": "all"})
        self.failure("lose_all", "ValueError", "lost")

    def test_d3_a_pipe_that_cannot_be_opened_again_is_no_answer(self):
        # Only hooks in the interpreter itself open it where the host says.
        other = os.path.join(self.folder, "other")
        pathlib.Path(other).write_text("")
        for path in (other, "/proc/0/fd/0", "\0", None, 7):
            with self.subTest(path=path):
                host = self.started(self.SOURCE, "fresh")
                hook = host.begin("close_all", reply=path)
                self.assertEqual(os.WEXITSTATUS(host.wait()), 1)
                self.assertEqual(hook.rest(), b"")
                hook.close()
        self.assertEqual(pathlib.Path(other).read_text(), "")

    def test_d3_the_host_may_reap_too_early(self):
        """The pipe stays where the hook can open it until the hook has ended."""
        hook = self.the_host.begin("close_all_later")
        self.assertEqual(hook.reap(), 0)
        self.assertEqual(json.loads(hook.rest().decode()), {"return": "all"})
        hook.close()

    def test_d4_stdin_is_empty(self):
        self.assertEqual(self.call("read_stdin"), {"return": ["", ""]})
        self.assertEqual(self.call("child_reads_stdin"), {"return": ""})

    def test_d5_only_the_first_of_two_copies_answers(self):
        for code, status in ((None, 0), (3, 3), ("text", 1)):
            with self.subTest(code=code):
                hook = self.the_host.begin("fork_twice", {"code": code})
                self.assertEqual(hook.answer(), {"return": status << 8})
                self.assertEqual(hook.reap(), 0)
                self.assertEqual(hook.rest(), b"")
                hook.close()
        self.assertEqual(self.the_host.output().count("from the copy\n"), 3)

    def test_d2_a_hook_that_breaks_python_is_answered(self):
        self.assertEqual(self.call("break_all"), {"return": "unbroken"})
        self.failure("break_encoder", "TypeError")

    def test_l4_timers_do_not_disturb_the_answer(self):
        for _ in range(20):
            answer = self.call("alarms")
            # The next alarm may hit the hook between its except and its return.
            self.assertIn(answer.get("return", answer.get("exc_msg")), ("through", "late"))

    def test_d10_the_next_hook_sees_nothing(self):
        before = self.call("look")
        self.assertEqual(self.call("change_all"), {"return": None})
        self.assertEqual(self.call("look"), before)
        self.assertEqual(before["return"][1], self.shared)

    def test_hooks_start_with_ordinary_signals(self):
        self.assertEqual(self.call("handlers"), {"return": [True, True, []]})

    def test_g8_descriptors_of_ours_are_out_of_the_way(self):
        fds = self.call("open_fds")["return"]
        self.assertEqual([fd for fd in fds if fd < 512], [0, 1, 2])
        self.assertLessEqual(len(fds), 5)  # the reply, and the copy of stderr for faulthandler


class SettingTest(Case):
    SOURCE = """
    import ctypes, os, random, sys, tempfile, time
    tempfile.gettempdir()
    def look(names=()):
        mask = os.umask(0)
        return [mask, os.getcwd(), {name: os.environ.get(name) for name in names}]
    def environment(): return dict(os.environ)
    def c_environment():
        libc = ctypes.CDLL(None)
        libc.getenv.restype = ctypes.c_char_p
        return [(libc.getenv(name) or b"").decode() for name in (b"ONLY", b"PYTHONPATH", b"LANG")]
    def zone(): return time.tzname[0]
    def temporary(): return tempfile.gettempdir()
    def number(): return random.random()
    """

    def setUp(self):
        super().setUp()
        self.the_host = self.started(self.SOURCE, TZ="UTC")

    def test_umask_folder_and_environment_are_the_callers(self):
        call = self.the_host.call
        before = call("look")["return"]
        self.assertEqual(before[1], self.cwd)
        request = {"umask": 0o027, "cwd": self.folder, "env": {"A": "\u00e9"}}
        self.assertEqual(
            call("look", {"names": ["A", "LANG"]}, **request),
            {"return": [0o027, self.folder, {"A": "\u00e9", "LANG": None}]},
        )
        self.assertEqual(call("look", umask=0)["return"][0], 0)
        self.assertEqual(call("look")["return"], before)

    def test_the_environment_of_c_is_replaced_too(self):
        answer = self.the_host.call("c_environment", env={"ONLY": "this"})
        self.assertEqual(answer, {"return": ["this", "", ""]})

    def test_time_zone_and_temporary_folder_follow_the_environment(self):
        env = {"TZ": "XYZ-3", "TMPDIR": self.folder}
        self.assertEqual(self.the_host.call("zone", env=env), {"return": "XYZ"})
        self.assertEqual(self.the_host.call("temporary", env=env), {"return": self.folder})

    def test_a_huge_environment_arrives(self):
        env = {"NAME%d" % number: "v" * 1000 for number in range(2000)}
        env["LC_CTYPE"] = "C.UTF-8"
        self.assertEqual(self.the_host.call("environment", env=env), {"return": env})

    def test_i2_bytes_that_are_not_utf8_stay(self):
        folder = os.fsencode(self.folder) + b"/\xff\nfolder"
        os.mkdir(folder)
        name = os.fsdecode(folder)
        hook = self.the_host.begin("look", cwd=name)
        self.assertEqual(hook.answer()["return"][1], name)
        self.assertEqual(hook.reap(), 0)
        answer = self.the_host.call("zone", env={"NAME": "\udcff", "TZ": "UTC"}, cwd=name)
        self.assertEqual(answer, {"return": "UTC"})

    def test_i6_a_folder_that_is_gone_is_told(self):
        answer = self.the_host.call("look", cwd="/not/there")
        self.assertEqual(answer["exc_type"], "FileNotFoundError")
        self.assertIn("/not/there", answer["exc_msg"])

    def test_an_impossible_environment_is_told(self):
        answer = self.the_host.call("look", env={"A": "\0"})
        self.assertEqual(answer["exc_type"], "ValueError")

    def test_every_hook_has_its_own_random_numbers(self):
        numbers = [self.the_host.call("number")["return"] for _ in range(3)]
        self.assertEqual(len(set(numbers)), 3)


class OutputTest(Case):
    def test_d9_no_character_is_a_failure(self):
        host = self.started(
            """
            import sys
            print("import \\u00e9")
            def hook():
                print("out \\u00e9 \\U0001f600 \\udcff")
                print("err \\u00e9", file=sys.stderr)
                return "\\u00e9"
            """,
            PYTHONIOENCODING="ascii",
        )
        self.assertEqual(host.call("hook"), {"return": "\u00e9"})
        self.assertEqual(host.output(), "import \\xe9\nout \\xe9 \\U0001f600 \\udcff\n")
        self.assertEqual(host.errors(), "err \\xe9\n")

    def test_output_comes_before_the_answer_and_exit_handlers_after_it(self):
        path, fd = self.fifo()
        host = self.started(
            """
            import atexit, sys, threading
            def hook(path):
                sys.stdout.reconfigure(line_buffering=False)
                sys.stdout.write("out")
                sys.stderr.write("err")
                go = threading.Event()
                def late():
                    with open(path) as fifo: fifo.read()
                    print("-thread", end="")
                threading.Thread(target=late).start()
                atexit.register(lambda: print("-exit", end=""))
            """
        )
        other = path + "-go"
        os.mkfifo(other)
        hook = host.begin("hook", {"path": other})
        self.assertEqual(hook.answer(), {"return": None})
        self.assertEqual((host.output(), host.errors()), ("out", "err"))
        os.close(os.open(other, os.O_WRONLY))
        self.assertEqual(hook.reap(), 0)
        self.assertEqual(host.output(), "out-thread-exit")

    def test_temporary_folders_of_a_hook_are_removed(self):
        host = self.started(
            """
            import tempfile
            kept = []
            def hook():
                kept.append(tempfile.TemporaryDirectory())
                return kept[0].name
            """
        )
        self.assertFalse(os.path.exists(host.call("hook")["return"]))


class InTreeTest(Case):
    def start_in_tree(self, *folders, module="backend", object_path=None, **environment):
        host = self.host(**environment)
        return host, host.start(module, object_path, backend_path=folders)

    def test_an_in_tree_backend_is_imported_anew_by_each_hook(self):
        tree = os.path.join(self.folder, "tree")
        path = self.write("tree/backend.py", "import helper\ndef build_wheel(): return helper.A")
        self.write("tree/helper.py", "A = 1")
        host, answer = self.start_in_tree(tree)
        self.assertEqual(answer["op"], "started", answer)
        self.assertEqual(answer["hooks"], ["build_wheel"])
        self.assertEqual(answer["proxy"], "BackendProxy(backend=<module 'backend' from %r>)" % path)
        self.assertEqual(answer["threads"], 1)
        self.assertEqual(host.call("build_wheel"), {"return": 1})
        self.write("tree/helper.py", "A = 'changed'")
        self.assertEqual(host.call("build_wheel"), {"return": "changed"})

    def test_the_folders_lead_the_path_in_their_order(self):
        for number in (1, 2):
            os.mkdir(os.path.join(self.folder, "tree%d" % number))
        self.write("tree2/backend.py", "import sys\ndef look(): return sys.path[:3]")
        folders = [os.path.join(self.folder, "tree%d" % number) for number in (1, 2)]
        host, _ = self.start_in_tree(*folders)
        self.assertEqual(host.call("look"), {"return": folders + [self.folder]})

    def test_failures_come_early(self):
        host, answer = self.start_in_tree(self.folder, module="absent")
        self.assertEqual(answer["failure"]["exc_type"], "ModuleNotFoundError")
        self.assertEqual(os.WEXITSTATUS(host.wait()), 1)
        self.write("backend.py", "import sys; sys.exit(4)")
        _, answer = self.start_in_tree(self.folder)
        self.assertEqual(answer["failure"]["exc_type"], "SystemExit")
        self.assertEqual(answer["failure"]["code"], 4)

    def test_b1_b2_an_import_that_ends_its_process_is_told(self):
        for statement, code, number in (
            ("os._exit(0)", 1, 0),
            ("os._exit(7)", 7, 0),
            ("os.kill(os.getpid(), 9)", 137, 9),
        ):
            with self.subTest(statement=statement):
                self.write("backend.py", "import os; " + statement)
                _, answer = self.start_in_tree(self.folder)
                failure = answer["failure"]
                self.assertEqual(failure["exc_type"], "BackendDied")
                self.assertEqual((failure["code"], failure["x_signal"]), (code, number))
                self.assertIn("backend", failure["exc_msg"])

    def test_a_module_that_is_already_loaded_gives_way(self):
        # textwrap stands for any module that the warm interpreter has imported.
        self.write("sitecustomize.py", "import colorsys")
        self.write("tree/colorsys.py", "def build_wheel(): return __file__")
        tree = os.path.join(self.folder, "tree")
        host, answer = self.start_in_tree(tree, module="colorsys")
        self.assertEqual(answer["op"], "started", answer)
        self.assertEqual(host.call("build_wheel"), {"return": os.path.join(tree, "colorsys.py")})

    def test_a_backend_from_elsewhere_is_refused(self):
        self.write("backend.py", "")
        os.mkdir(os.path.join(self.folder, "tree"))
        _, answer = self.start_in_tree(os.path.join(self.folder, "tree"))
        self.assertEqual(answer["failure"]["exc_type"], "BackendUnavailable")
        self.assertIn("backend.py", answer["failure"]["exc_msg"])
        _, answer = self.start_in_tree(os.path.join(self.folder, "tree"), module="time")
        self.assertEqual(answer["failure"]["exc_type"], "BackendUnavailable")

    def test_n2_a_sibling_with_the_same_prefix_is_refused(self):
        os.mkdir(os.path.join(self.folder, "tree"))
        self.write("tree-evil/backend.py", "")
        _, answer = self.start_in_tree(
            os.path.join(self.folder, "tree"), PYTHONPATH=os.path.join(self.folder, "tree-evil")
        )
        self.assertEqual(answer["failure"]["exc_type"], "BackendUnavailable")

    def test_symbolic_links_are_followed(self):
        self.write("real/backend.py", "def build_wheel(): return 'linked'")
        link = os.path.join(self.folder, "link")
        os.symlink("real", link)
        host, answer = self.start_in_tree(link)
        self.assertEqual(answer["op"], "started", answer)
        self.assertEqual(host.call("build_wheel"), {"return": "linked"})
        tree = os.path.join(self.folder, "tree")
        os.mkdir(tree)
        os.symlink("../real/backend.py", os.path.join(tree, "backend.py"))
        host, answer = self.start_in_tree(tree)
        self.assertEqual(answer["op"], "started", answer)

    def test_packages_with_and_without_init_are_found(self):
        self.write("tree/spaced/backend.py", "def build_wheel(): return 'spaced'")
        self.write("tree/packed/__init__.py", "def build_wheel(): return 'packed'")
        tree = os.path.join(self.folder, "tree")
        for module in ("spaced.backend", "packed"):
            host, answer = self.start_in_tree(tree, module=module)
            self.assertEqual(answer["op"], "started", answer)
            self.assertEqual(host.call("build_wheel"), {"return": module.split(".")[0]})

    def test_threads_of_the_import_are_in_the_hook_process_only(self):
        self.write(
            "backend.py",
            """
            import threading
            threading.Thread(target=threading.Event().wait, daemon=True).start()
            def build_wheel(): return threading.active_count()
            """,
        )
        host, answer = self.start_in_tree(self.folder)
        self.assertEqual(answer["threads"], 1)
        self.assertEqual(host.call("build_wheel"), {"return": 2})

    def hang(self, way_out):
        """An import that hangs dies with what `way_out` kills."""
        path, fd = self.fifo()
        self.write(
            "backend.py",
            """
            import os, signal
            fd = os.open(%r, os.O_WRONLY)
            os.fork()
            os.write(fd, b"x\\n")
            while True: signal.pause()
            """
            % path,
        )
        host = self.host()
        keep = os.open(path, os.O_WRONLY)
        host.send({"op": "start", "backend": "backend", "backend_path": [self.folder]})
        lines = b""
        while lines.count(b"x\n") < 2:
            lines += read_line(fd)
        os.close(keep)
        way_out(host)
        self.assertEqual(read_all(fd), b"")
        return host

    @unittest.skipUnless(sys.platform == "linux", "F_SETSIG")
    def test_c7_a_hanging_import_dies_with_the_zygote(self):
        self.hang(lambda host: os.kill(host.pid, signal.SIGKILL))

    def test_c7_a_hanging_import_dies_with_the_host(self):
        host = self.hang(lambda host: host.socket.shutdown(socket.SHUT_RDWR))
        self.assertEqual(os.waitpid(host.pid, 0)[1], 0)
        host.status = 0

    def test_what_the_import_leaves_running_is_killed(self):
        path, fd = self.fifo()
        self.write(
            "backend.py",
            """
            import os, signal
            if os.fork() == 0:
                os.open(%r, os.O_WRONLY)
                while True: signal.pause()
            """
            % path,
        )
        keep = os.open(path, os.O_WRONLY)
        _, answer = self.start_in_tree(self.folder)
        self.assertEqual(answer["op"], "started")
        os.close(keep)
        self.assertEqual(read_all(fd), b"")


class LifeTest(Case):
    WAITING = """
    import os, signal, sys, threading, time
    def wait(path, ignore=()):
        for number in ignore: signal.signal(number, signal.SIG_IGN)
        fd = os.open(path, os.O_WRONLY)
        os.set_inheritable(fd, True)
        os.spawnl(os.P_NOWAIT, "/bin/sleep", "sleep", "1000")
        os.write(fd, b"ready\\n")
        while True: signal.pause()
    def stop():
        try:
            1 / 0
        except ZeroDivisionError:
            while True: signal.pause()
    def ok(): return os.getpid()
    class Slow(Exception):
        printing = False
        def __str__(self):
            Slow.printing = True
            end = time.monotonic() + 0.05
            while time.monotonic() < end: pass
            return "told"
    def storm():
        def interrupt(*_):
            if Slow.printing: raise KeyboardInterrupt
        def strike():
            while True: os.kill(os.getpid(), signal.SIGINT)
        signal.signal(signal.SIGINT, interrupt)
        threading.Thread(target=strike, daemon=True).start()
        raise Slow
    """

    def waiting(self, isolation="forked", lifeline=(), **kwargs):
        """A hook that waits, with a child that waits; and a FIFO that both hold open."""
        path, fd = self.fifo()
        keep = os.open(path, os.O_WRONLY)
        host = self.started(self.WAITING, isolation)
        hook = host.begin("wait", {"path": path, **kwargs}, lifeline)
        self.assertEqual(read_line(fd), b"ready\n")
        os.close(keep)
        return host, hook, fd

    def test_f1_hooks_and_their_children_die_with_the_socket(self):
        host, _, fd = self.waiting(ignore=[signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
        host.socket.shutdown(socket.SHUT_WR)
        self.assertEqual(read_all(fd), b"")
        self.assertEqual(host.wait(), 0)

    def lifeline(self):
        """A pipe whose write end is held by this process alone."""
        ends = os.pipe()
        self.addCleanup(os.close, ends[0])
        return ends

    @unittest.skipUnless(sys.platform == "linux", "F_SETSIG")
    def test_e1_f1_hooks_and_their_children_die_with_the_lifeline(self):
        for isolation in ("forked", "inline"):
            with self.subTest(isolation=isolation):
                lifeline, end = self.lifeline()
                host, hook, fd = self.waiting(isolation, lifeline=[lifeline])
                if isolation == "forked":  # host and zygote die together
                    os.kill(host.pid, signal.SIGSTOP)
                os.close(end)
                self.assertEqual(read_all(fd), b"")

    @unittest.skipUnless(sys.platform == "linux", "F_SETSIG")
    def test_e1_a_lifeline_that_has_already_ended_is_the_end(self):
        host = self.started(self.WAITING)
        lifeline, end = self.lifeline()
        os.close(end)
        hook = host.begin("stop", lifeline=[lifeline])
        self.assertEqual(os.WTERMSIG(hook.reap()), signal.SIGKILL)

    def test_a_lifeline_that_holds_disturbs_nothing(self):
        for isolation in ("forked", "inline"):
            host = self.started(self.WAITING, isolation)
            for _ in range(3):
                lifeline, end = self.lifeline()
                self.assertIn("return", host.call("ok", lifeline=[lifeline]))
                os.close(end)  # of no hook any more

    def test_stop_kills_them_too(self):
        host, _, fd = self.waiting()
        host.send({"op": "stop"})
        self.assertEqual(read_all(fd), b"")
        self.assertEqual(host.wait(), 0)

    def test_stop_runs_the_exit_handlers_of_the_import(self):
        host = self.started(
            "import atexit, os\natexit.register(lambda: print('exit', os.getpid()))\ndef ok(): 0"
        )
        host.send({"op": "stop"})
        self.assertEqual(host.wait(), 0)
        self.assertEqual(host.output(), "exit %d\n" % host.pid)

    def test_hooks_follow_one_another_in_processes_of_their_own(self):
        host = self.started(self.WAITING)
        pids = [host.call("ok")["return"] for _ in range(5)]
        self.assertEqual(len({host.pid, *pids}), 6)

    def test_hooks_run_side_by_side(self):
        host, waiting, fd = self.waiting()
        self.assertNotEqual(host.call("ok")["return"], waiting.pid)
        os.killpg(waiting.pid, signal.SIGKILL)
        self.assertEqual(read_all(fd), b"")
        self.assertEqual(os.WTERMSIG(waiting.reap()), signal.SIGKILL)

    def test_sigint_is_a_keyboard_interrupt_that_tells_where(self):
        host = self.started(self.WAITING)
        hook = host.begin("stop")
        os.kill(hook.pid, signal.SIGINT)  # at once: it waits until the hook can catch it
        answer = hook.answer()
        self.assertEqual((answer["exc_type"], answer["code"]), ("KeyboardInterrupt", 1))
        self.assertEqual(hook.reap(), 0)
        host, waiting, _ = self.waiting()
        os.kill(waiting.pid, signal.SIGINT)
        answer = waiting.answer()
        self.assertIn("in wait", answer["x_traceback"])
        os.killpg(waiting.pid, signal.SIGKILL)  # the child
        waiting.reap()

    def test_l4_many_sigints_lose_no_answer(self):
        host = self.started(self.WAITING)
        for _ in range(10):
            hook = host.begin("stop")
            poller = select.poll()
            poller.register(hook.reply, select.POLLIN)
            deadline = time.monotonic() + PATIENCE
            while not poller.poll(1):  # about a thousand a second
                os.kill(hook.pid, signal.SIGINT)
                self.assertLess(time.monotonic(), deadline)
            self.assertEqual(hook.answer()["exc_type"], "KeyboardInterrupt")
            self.assertEqual(hook.reap(), 0)

    def test_l4_sigints_that_another_thread_receives_lose_no_answer(self):
        host = self.started(self.WAITING)
        for _ in range(3):
            self.assertEqual(host.call("storm")["exc_msg"], "told")

    def test_sigint_to_the_zygote_is_ignored(self):
        host = self.started(self.WAITING)
        os.kill(host.pid, signal.SIGINT)
        self.assertIn("return", host.call("ok"))

    def test_reaping_a_stranger_is_answered(self):
        host = self.started(self.WAITING)
        host.send({"op": "reap", "pid": os.getpid()})
        self.assertEqual(host.receive(), {"op": "reaped", "pid": os.getpid(), "status": 256})

    def test_j2_a_fork_that_fails_is_told(self):
        host = self.started(
            """
            import resource
            resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
            def hook(): return 1
            """
        )
        reply, end = os.pipe()
        self.addCleanup(os.close, reply)
        host.pass_fds(end)
        os.close(end)
        host.send({"op": "run", "id": 1, "cmd": "hook", "reply": ""})
        answer = host.receive()
        if answer["op"] == "forked":
            self.skipTest("no limit holds for root")
        self.assertEqual((answer["op"], answer["id"]), ("failed", 1))
        self.assertEqual(answer["failure"]["exc_type"], "BlockingIOError")
        self.assertEqual(read_all(reply), b"")


class InlineTest(Case):
    SOURCE = """
    import os, signal, sys, time
    calls = []
    def where():
        calls.append(1)
        return [os.getpid(), len(calls)]
    def change_all():
        os.umask(0o777)
        os.chdir("/")
        os.environ["CHANGED"] = "1"
        del os.environ["PATH"]
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        sys.argv = ["x"]
        sys.path.insert(0, "/x")
        sys.stdout = sys.stderr = sys.stdin = None
        os.close(0)
        os.dup2(2, 1)
    def look():
        mask = os.umask(0)
        os.umask(mask)
        print("still here")
        return [mask, os.getcwd(), dict(os.environ),
                signal.getsignal(signal.SIGTERM) is signal.SIG_DFL,
                signal.getsignal(signal.SIGINT) is signal.default_int_handler, sys.argv, sys.path,
                sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])), os.read(0, 1).decode()]
    def fails(): raise SystemExit(3)
    def forks():
        pid = os.fork()
        return os.waitpid(pid, 0)[1] if pid else None
    def waits(path):
        os.close(os.open(path, os.O_WRONLY))
        while True: signal.pause()
    def fds(): return len(os.listdir("/proc/self/fd"))
    def ring():
        signal.signal(signal.SIGALRM, lambda *_: 1 / 0)
        signal.setitimer(signal.ITIMER_REAL, 0.005, 0.005)
    def listen():
        end = time.monotonic() + 0.03
        while time.monotonic() < end: pass
        return signal.getsignal(signal.SIGALRM) is signal.SIG_DFL
    """

    def test_hooks_run_in_the_zygote(self):
        host = self.started(self.SOURCE, isolation="inline")
        self.assertEqual(host.call("where"), {"return": [host.pid, 1]})
        self.assertEqual(host.call("where"), {"return": [host.pid, 2]})

    def test_d10_the_process_is_put_back_in_order(self):
        host = self.started(self.SOURCE, isolation="inline")
        before = host.call("look")
        answer = host.call("change_all", umask=0o70, cwd="/", env={"PATH": "1"})
        self.assertEqual(answer, {"return": None})
        self.assertEqual(host.call("look"), before)
        self.assertEqual(before["return"][3:5], [True, True])
        self.assertEqual(before["return"][7], [])
        self.assertEqual(host.output(), "still here\n" * 2)

    def test_d10_timers_end_with_their_hook(self):
        host = self.started(self.SOURCE, isolation="inline")
        self.assertIn(host.call("ring").get("exc_type"), (None, "ZeroDivisionError"))
        self.assertEqual(host.call("listen"), {"return": True})

    def test_a2_failures_leave_the_zygote_alive(self):
        host = self.started(self.SOURCE, isolation="inline")
        self.assertEqual(host.call("fails")["code"], 3)
        self.assertEqual(host.call("absent")["exc_type"], "MissingCommand")
        self.assertEqual(host.call("where"), {"return": [host.pid, 1]})

    def test_d5_a_copy_does_not_answer(self):
        host = self.started(self.SOURCE, isolation="inline")
        self.assertEqual(host.call("forks"), {"return": 0})
        self.assertEqual(host.call("where"), {"return": [host.pid, 1]})

    def test_sigint_stops_the_hook_and_not_the_zygote(self):
        host = self.started(self.SOURCE, isolation="inline")
        path = os.path.join(self.folder, "ready")
        os.mkfifo(path)
        hook = host.begin("waits", {"path": path})
        os.close(os.open(path, os.O_RDONLY))
        os.kill(hook.pid, signal.SIGINT)
        self.assertEqual(hook.answer()["exc_type"], "KeyboardInterrupt")
        os.close(hook.reply)
        os.kill(host.pid, signal.SIGINT)
        self.assertEqual(host.call("where"), {"return": [host.pid, 1]})

    def test_descriptors_do_not_pile_up(self):
        host = self.started(self.SOURCE, isolation="inline")
        self.assertEqual(len({host.call("fds")["return"] for _ in range(5)}), 1)

    def test_fresh_ends_with_its_hook(self):
        host = self.started("import atexit\ndef hook(): atexit.register(print, 'bye')\n", "fresh")
        self.assertEqual(host.call("hook"), {"return": None})
        self.assertEqual(host.wait(), 0)
        self.assertEqual(host.output(), "bye\n")

    def test_a_relative_folder_is_that_of_the_start(self):
        self.write("cwd/tree/backend.py", self.SOURCE)
        host = self.host()
        answer = host.start("backend", backend_path=["tree"])
        self.assertEqual(answer["op"], "started", answer)
        self.assertEqual(host.call("where", cwd="/")["return"][1], 1)

    def test_an_in_tree_backend_is_imported_once(self):
        self.write("tree/backend.py", self.SOURCE)
        host = self.host()
        tree = os.path.join(self.folder, "tree")
        answer = host.start("backend", backend_path=[tree], isolation="inline")
        self.assertEqual(answer["op"], "started", answer)
        host.call("where")
        self.assertEqual(host.call("where"), {"return": [host.pid, 2]})
        self.assertEqual(host.call("look")["return"][6][0], tree)


if __name__ == "__main__":
    unittest.main()
