#!/usr/bin/env python3
"""A stand-in for axle-backend that misbehaves. The name of the build backend says how: each function
below that is called `start_...` or `run_...` is one way, and takes over at that moment. Everything
else it does well: a command is answered by what was asked.

It is started as axle-backend is, and speaks the wire of schemas/README.md. It never sleeps; where
it hangs, it waits for a signal.
"""

import json
import os
import resource
import select
import signal
import socket
import sys

HOOKS = ["build_wheel", "build_sdist", "get_requires_for_build_wheel"]

control = socket.socket(fileno=3)
commands = os.fdopen(0, "rb", buffering=0)


def tell(event, **keys):
    control.sendall(json.dumps({"event": event, **keys}).encode() + b"\n")


def started(protocol=1, isolation="forked"):
    tell(
        "started",
        protocol=protocol,
        pid=os.getpid(),
        backend="fake",
        hooks=HOOKS,
        hook_isolation=isolation,
    )


def accepted(command, pid=0):
    tell("accepted", id=command["x_id"], cmd=command["cmd"])
    if pid:
        tell("running", id=command["x_id"], pid=pid)


def finished(command, **keys):
    tell("finished", id=command["x_id"], result=command["result"], **keys)


def write_result(command, text):
    with open(command["result"] + ".tmp", "w", encoding="utf-8") as file:
        file.write(text)
    os.rename(command["result"] + ".tmp", command["result"])


def write_failure(command, text):
    write_result(command, json.dumps({"code": 1, "exc_type": "ValueError", "exc_msg": text}))


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def hang():
    while True:
        signal.pause()


def say(text):
    os.write(1, text.encode())


# --- while the build backend is imported -------------------------------------------------------


def start_never():
    os.write(2, b"importing, for ever\n")
    hang()


def start_never_and_ignores_sigterm():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    say("ready")
    hang()


def start_dies():
    os.write(2, b"cannot go on\n")
    os._exit(3)


def start_fails():
    failure = {"code": 1, "exc_type": "ModuleNotFoundError", "exc_msg": "No module named 'nothing'"}
    tell("failed_to_start", failure=failure)
    os._exit(1)


def start_has_no_interpreter():
    failure = {"code": 1, "exc_type": "BackendUnavailable", "exc_msg": "there is no python"}
    tell("failed_to_start", failure=failure)
    os._exit(1)


def start_tells_garbage():
    control.sendall(b"GET / HTTP/1.0\r\n\r\n")
    hang()


def start_of_the_future():
    started(protocol=2)
    hang()


def start_closes_control():
    control.close()
    hang()


# --- when a hook is called ---------------------------------------------------------------------


def run_dies_before_accept(command):
    die()


def run_dies_before_accept_once(command):
    try:
        os.close(os.open("died-once", os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return run_well(command)
    die()


def run_prints_and_dies_before_accept(command):
    say("running")
    die()


def run_never_accepts(command):
    hang()


def run_accepts_and_imports_again(command):
    accepted(command)
    for tenth in range(5):
        select.select([], [], [], 0.1)
        tell("heartbeat", id=command["x_id"], elapsed_s=tenth / 10)
    answer_well(command)


def run_dies_after_accept(command):
    accepted(command)
    os.write(2, b"last words\n")
    die()


def run_exits_0(command):
    accepted(command)
    os._exit(0)


def run_dies_with_a_hook(command):
    """Leaves a hook process of its own behind, with a child in its group."""
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.setpgid(0, 0)
        child = os.fork()
        if child != 0:
            os.write(write_end, f"{os.getpid()} {child}".encode())
        hang()
    say(os.read(read_end, 100).decode())
    accepted(command, pid)
    die()


def run_gives_a_strangers_number(command):
    accepted(command, int(os.environ["STRANGER"]))
    die()


def run_dies_after_result(command):
    accepted(command)
    write_result(command, '{"return": "whole.whl"}')
    die()


def run_dies_after_finished(command):
    accepted(command)
    write_result(command, '{"return": "whole.whl"}')
    finished(command)
    die()


def run_dies_in_the_middle_of_a_result(command):
    accepted(command)
    with open(command["result"], "w", encoding="utf-8") as file:
        file.write('{"return": "whole.w')
    die()


def run_raises_then_leaves_late(command):
    """The hook raises; the host closes what it has, and tells of the failure only then."""
    accepted(command)
    commands.close()
    if os.environ.get("CLOSE") == "control":
        control.shutdown(socket.SHUT_RDWR)
        control.close()
    select.select([], [], [], float(os.environ["DELAY"]))
    write_failure(command, "the root cause")
    if os.environ.get("CLOSE") != "control":
        finished(command)
    os._exit(1)


def run_answers_and_closes_stdin(command):
    accepted(command)
    commands.close()
    write_result(command, '{"return": "last.whl"}')
    finished(command)
    hang()


def run_closes_control_and_hangs(command):
    accepted(command)
    control.shutdown(socket.SHUT_RDWR)
    hang()


def run_babbles(command):
    accepted(command)
    control.sendall(b"\x00\xff not json\n")
    hang()


def run_lowers_ours_and_babbles(command):
    most = resource.prlimit(os.getppid(), resource.RLIMIT_FSIZE)[1]
    resource.prlimit(os.getppid(), resource.RLIMIT_FSIZE, (1 << 20, most))
    run_babbles(command)


def run_tells_events_of_the_future(command):
    tell("premonition", text="all will be well")
    run_well(command)


def run_tells_of_another_command(command):
    accepted(command)
    tell("finished", id=command["x_id"] + 1, result="/nowhere")
    tell("rejected", id=command["x_id"] + 1, reason="another")
    write_result(command, '{"return": "mine.whl"}')
    finished(command)


def run_finishes_without_result(command):
    accepted(command)
    finished(command)


def run_writes(command):
    """The result is what the environment says, byte for byte."""
    accepted(command)
    with open(command["result"], "wb") as file:
        file.write(os.environb[b"RESULT"])
    finished(command)


def run_cannot_write(command):
    accepted(command)
    finished(command, undelivered={"return": "told.whl"}, trouble="No space left on device")


def run_rejects(command):
    tell("rejected", id=command["x_id"], reason="it is not to my taste")


def run_prints_10_mb(command):
    accepted(command)
    for _ in range(1024):
        os.write(1, b"o" * 10 * 1024)
    os.write(2, b"e" * 1024 * 1024 + b"the end")
    write_result(command, '{"return": "loud.whl"}')
    finished(command)


def run_prints_for_ever(command):
    accepted(command, os.getpid())
    while True:
        os.write(1, b"y\n" * 1024)


def run_falls_silent(command):
    accepted(command)
    hang()


def run_beats(command):
    """Runs for ever, and says so; ignores every wish to stop."""
    accepted(command, os.getpid())
    say("running")
    elapsed = 0
    while True:
        select.select([], [], [], 0.02)
        elapsed += 0.02
        tell("heartbeat", id=command["x_id"], elapsed_s=elapsed)


def run_stops_when_told(command):
    accepted(command)
    say("running")
    cancel = json.loads(control.recv(65536))
    failure = {
        "code": 130,
        "exc_type": "Cancelled",
        "exc_msg": "build_wheel was stopped: " + cancel["reason"],
        "x_cancelled": cancel["reason"],
        "x_causes": [{"exc_type": "OSError", "exc_msg": "before", "relation": "context"}],
    }
    write_result(command, json.dumps(failure))
    finished(command)


def run_times_out(command):
    accepted(command)
    failure = {
        "code": 124,
        "exc_type": "HookTimedOut",
        "exc_msg": f"build_wheel was stopped after {command['x_timeout_s']:g} s",
        "x_timed_out": True,
    }
    write_result(command, json.dumps(failure))
    finished(command)


def run_well(command):
    accepted(command)
    answer_well(command)


def answer_well(command):
    answer = {
        "hook": command["cmd"],
        "kwargs": command["kwargs"],
        "cwd": command.get("x_cwd"),
        "pid": os.getpid(),
    }
    write_result(command, json.dumps({"return": json.dumps(answer)}))
    finished(command)


# --- when it is to leave -----------------------------------------------------------------------


def exit_never_leaves():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    hang()


def main():
    arguments = sys.argv[1:]
    assert arguments[0] == "--python" and "--control-fd" in arguments, arguments
    mode = arguments[arguments.index("True") + 1]
    globals().get("start_" + mode, started)()
    for line in iter(commands.readline, b""):
        command = json.loads(line)
        if command["cmd"] == "_exit":
            globals().get("exit_" + mode, lambda: os._exit(0))()
        globals().get("run_" + mode, run_well)(command)
        if commands.closed:
            return
    globals().get("exit_" + mode, lambda: None)()


main()
