"""Drives the warm interpreter (backend/python/) as axle-backend does: a real process, under the
interpreter that runs the test; a real socketpair, real hook processes."""

import array
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
        self.read = b""  # and not asked for yet
        self.left = None
        self.pid = host.receive_answer()["pid"]

    def answer(self):
        """What the hook process writes: an object."""
        line, newline, self.read = read_line(self.reply).partition(b"\n")
        assert newline, line[-100:]
        return json.loads(line.decode())

    def rest(self):
        """What it writes besides, once it has ended, but for its leave: `left` is that, or None."""
        os.close(self.writer)
        self.writer = None
        *lines, last = (self.read + read_all(self.reply)).splitlines(keepends=True) or [b""]
        self.left = json.loads(last) if b'"left"' in last else None
        return b"".join(lines if self.left else [*lines, last])

    def close(self):
        for fd in (self.reply, self.writer):
            if fd is not None:
                os.close(fd)

    def reap(self):
        """The wait status of the process."""
        self.host.send({"op": "reap", "pid": self.pid})
        told = self.host.receive_answer()
        assert (told["op"], told["pid"]) == ("reaped", self.pid), told
        self.host.used = told.get("user_us"), told.get("system_us")
        return told["status"]


class Host:
    """Starts a zygote and speaks with it."""

    def __init__(self, folder, environment, cwd, kept=None, python=sys.executable):
        self.output_path = os.path.join(folder, "stdout")
        self.errors_path = os.path.join(folder, "stderr")
        self.socket, theirs = socket.socketpair()
        self.socket.settimeout(PATIENCE)
        self.lines = self.socket.makefile("rb")
        self.status = None
        self.last_id = 0
        self.training = []
        self.watched = None
        self.used = None
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
                words = [python, "-c", BOOT_LINE, *([kept] if kept else [])]
                os.execve(python, words, environment)
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
        """The zygote's next message; None if it has left. `training` has when it was, if the
        message told that besides; `watched` what it wants to be watched, which is no message."""
        line = self.lines.readline()
        told = json.loads(line.decode()) if line else None
        if told and told["op"] == "watch":
            self.watched = told["files"]
            return self.receive()
        names = [name for name in told or () if name.startswith("training_")]
        self.training = [told.pop(name) for name in names]
        return told

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
