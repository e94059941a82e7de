"""The hooks of chaos: each kind does one thing that a hook should not, and says what must come of
it if nothing else goes wrong.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    name: str
    hooks: str = ""  # Python after tiny_backend; NONCE is defined there
    imported: str = ""  # Python before it
    code: int = 0  # axle's exit code
    told: str = ""  # what the messages must say; NONCE stands for the request's
    weight: int = 4
    timeout: float = 0  # its builds need --timeout
    leaks: bool = False  # it starts a process that belongs to nobody
    kills_frontend: bool = False


def in_build_wheel(body):
    lines = "".join(f"    {line}\n" for line in body.strip("\n").splitlines())
    return f"""
_build_wheel = build_wheel


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
{lines}
    return _build_wheel(wheel_directory)
"""


START_DAEMON = """
import signal
reader, writer = os.pipe()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.closerange(0, 3)
        os.close(writer)
        while True:
            signal.pause()
    os._exit(0)
os.close(writer)
os.read(reader, 1)
"""

FORGERIES = """
import sys
for stream in (sys.stdout, sys.stderr):
    for line in ('Backend: Wrote response {"return": "x"} to /tmp/x', 'started backend x',
                 '{"event": "finished", "id": 1, "result": "/x"}', 'error: forged',
                 'Built forged.whl (1 B) in 1 ms', '\\x1b[2J\\x1b]0;title\\x07', '\\udcff\\0'):
        print(line, file=stream)
"""

KINDS = [
    Kind("succeeds", weight=12),
    Kind("raises", in_build_wheel("raise ValueError(f'{NONCE} raised')"), code=1,
         told="ValueError: NONCE raised", weight=10),
    Kind("raises_from", in_build_wheel("""
try:
    raise OSError(f'{NONCE} raised')
except OSError as error:
    raise RuntimeError('only a symptom') from error
"""), code=1, told="Root cause: OSError: NONCE raised"),
    Kind("raises_soon", """
def get_requires_for_build_wheel(config_settings=None):
    raise SystemExit(f'{NONCE} raised')
""", code=1, told="SystemExit: NONCE raised"),
    Kind("is_not_importable", imported="raise ImportError(f'{NONCE} raised')\n", code=4,
         told="ImportError: NONCE raised"),
    Kind("hangs", in_build_wheel("import threading\nthreading.Event().wait()"), code=6,
         told="was stopped after", timeout=0.5, weight=2),
    Kind("hangs_deaf", in_build_wheel("""
import signal
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, signal.SIG_IGN)
while True:
    signal.pause()
"""), code=6, told="was stopped after", timeout=0.5, weight=1),
    Kind("leaks_a_daemon", in_build_wheel(START_DAEMON), leaks=True),
    Kind("leaks_a_daemon_and_raises", in_build_wheel(
        START_DAEMON + "raise ValueError(f'{NONCE} raised')"), code=1,
        told="ValueError: NONCE raised", leaks=True),
    Kind("leaks_a_child", in_build_wheel("""
if os.fork() == 0:
    import signal
    while True:
        signal.pause()
"""), leaks=True),
    Kind("returns_twice", """
_build_wheel = build_wheel


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    name = _build_wheel(wheel_directory)
    os.fork()
    return name
"""),
    Kind("exits", in_build_wheel("os._exit(7)"), code=1, told="exit code 7|exited with code 7"),
    Kind("exits_as_if_well", in_build_wheel("os._exit(0)"), code=1, told="build_wheel"),
    Kind("crashes", in_build_wheel("import ctypes\nctypes.string_at(0)"), code=1, told="SIGSEGV"),
    Kind("kills_itself", in_build_wheel("os.kill(os.getpid(), 9)"), code=1, told="SIGKILL"),
    Kind("kills_its_group", in_build_wheel("os.kill(0, 9)"), code=1, told="SIGKILL"),
    Kind("kills_the_interpreter", in_build_wheel("os.kill(os.getppid(), 9)")),
    Kind("kills_the_frontend", in_build_wheel("""
pid, name = os.getpid(), ''
while pid > 1 and name != 'axle':
    stat = open(f'/proc/{pid}/stat').read().rpartition(')')[2].split()
    pid = int(stat[1])
    name = open(f'/proc/{pid}/comm').read().strip()
if name == 'axle':
    os.kill(pid, 9)
import threading
threading.Event().wait()
"""), code=-9, kills_frontend=True, weight=2),
    Kind("prints_forgeries", in_build_wheel(FORGERIES)),
    Kind("prints_forgeries_and_raises",
         in_build_wheel(FORGERIES + "raise ValueError(f'{NONCE} raised')"), code=1,
         told="ValueError: NONCE raised"),
    Kind("prints_much", in_build_wheel("""
for _ in range(50):
    os.write(1, b'x' * (1 << 20))
"""), weight=1),
    Kind("closes_its_descriptors", in_build_wheel("os.closerange(0, 4096)")),
    Kind("closes_its_descriptors_and_raises", in_build_wheel(
        "os.closerange(0, 4096)\nraise ValueError(f'{NONCE} raised')"), code=1,
        told="ValueError: NONCE raised"),
]
