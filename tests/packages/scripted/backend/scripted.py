"""An in-tree build backend that does what config_settings["do"] names, instead of building.

It has every hook but build_editable and get_requires_for_build_editable.
"""

import json
import os
import sys
import time


class UnsupportedOperation(Exception):
    """What PEP 517 calls so."""


def _raise():
    try:
        raise OSError("the root cause")
    except OSError as error:
        raise ValueError("two lines\nof text") from error


def _raise_unsupported():
    raise UnsupportedOperation("no sdist of this tree")


def _exit():
    os._exit(7)


def _abort():
    os.abort()


def _run_for_ever():
    print(os.getpid(), flush=True)
    time.sleep(100_000)


def _work_for_ever():
    print(os.getpid(), flush=True)
    while True:
        time.sleep(0.05)
        print(".", end="", flush=True)


def _complain_when_stopped():
    try:
        print(os.getpid(), flush=True)
        time.sleep(100_000)
    except KeyboardInterrupt:
        raise RuntimeError("in the middle of it") from None


def _print():
    print("to stdout", flush=True)
    print("to stderr", file=sys.stderr, flush=True)


def _act(name, config_settings):
    action = (config_settings or {}).get("do")
    if action == "return a number":
        return 7
    if action:
        globals()["_" + action.replace(" ", "_")]()
    return name


def _tell(directory, **arguments):
    """What the hook was called with, for the test to read."""
    arguments["cwd"] = os.getcwd()
    with open(os.path.join(directory, "called.json"), "w", encoding="utf-8") as file:
        json.dump(arguments, file, sort_keys=True)


def get_requires_for_build_wheel(config_settings=None):
    return _act(["first >= 1", "second"], config_settings)


def get_requires_for_build_sdist(config_settings=None):
    return _act([], config_settings)


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    _tell(metadata_directory, config_settings=config_settings)
    return _act("scripted-1.dist-info", config_settings)


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    _tell(wheel_directory, config_settings=config_settings, metadata_directory=metadata_directory)
    return _act("scripted-1-py3-none-any.whl", config_settings)


def build_sdist(sdist_directory, config_settings=None):
    _tell(sdist_directory, config_settings=config_settings)
    return _act("scripted-1.tar.gz", config_settings)
