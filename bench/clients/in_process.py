"""The physical limit: a wheel built by hooks that are called in a process in which they have run before.

    in_process.py BACKEND WARM_UP SOURCE OUT

Calls get_requires_for_build_wheel and build_wheel in the tree WARM_UP, then again in SOURCE, and
prints how many seconds the second time took. No frontend does this: hooks change the state of their
process. setuptools even fails, unless what it remembers of folders that it made is cleared.
"""

import contextlib
import gc
import importlib
import os
import sys
import time


def forget_folders():
    for name in ("setuptools._distutils.dir_util", "distutils.dir_util"):
        made = sys.modules.get(name)
        for cache in ("_path_created", "SkipRepeatAbsolutePaths"):
            clear = getattr(getattr(made, cache, None), "clear", None)
            with contextlib.suppress(TypeError):
                if clear:
                    clear()
        repeat = getattr(made, "SkipRepeatAbsolutePaths", None)
        if repeat:
            repeat.clear()


def build(backend, tree, out):
    os.chdir(tree)
    begin = time.perf_counter()
    if hasattr(backend, "get_requires_for_build_wheel"):
        backend.get_requires_for_build_wheel({})
    backend.build_wheel(out, {})
    return time.perf_counter() - begin


name, warm_up, source, out = sys.argv[1:]
backend = importlib.import_module(name)
# Only what is measured may be seen on stdout.
result = os.dup(1)
os.dup2(2, 1)
build(backend, warm_up, warm_up)
forget_folders()
gc.collect()
took = build(backend, source, out)
os.write(result, f"{took}\n".encode())
