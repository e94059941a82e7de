"""One hook that does nothing, in a child that is there: what a call costs beyond the hook."""

import contextlib
import time
from functools import partial

import projects
from hook_child import HookChild, axle_argv, pyproject_api_argv
from measure import Case, Entry, Failed

TITLE = "Latency of one hook"


def cases(bench):
    project = projects.in_tree(bench.surroundings.folder("projects"), "noop")
    for imported in [""] if bench.smoke else ["", "setuptools.build_meta"]:
        (project.root / "bench_backend.py").write_text(
            (f"import {imported}\n" if imported else "") + projects.NOOP)
        with contextlib.ExitStack() as stack:
            children = list(started(bench, project, stack))
            for pause in [0] if bench.smoke else [0, 0.1]:
                how = f"after {pause * 1000:.0f} ms of rest" if pause else "one after another"
                yield Case(
                    f"a hook that does nothing, {imported or 'nothing'} imported, {how}",
                    [Entry(name, partial(call, child, pause), warm_up=5)
                     for name, child in children],
                    rounds=rounds(bench, pause))


def rounds(bench, pause):
    return 5 if bench.smoke else 40 if bench.quick else 100 if pause else 300


def started(bench, project, stack):
    """The children, by name; `stack` ends them."""
    surroundings = bench.surroundings

    def child(name, argv, control):
        made = HookChild(argv, cwd=project.root, control=control,
                         env={**surroundings.environment, "PYTHONPATH": str(project.root)},
                         results=surroundings.folder(f"results of {name}"))
        stack.callback(made.close)
        return name, made

    axle = partial(axle_argv, surroundings.programs, surroundings.python, "bench_backend")
    yield child("axle-backend, forked, --warm", axle(warm=True), True)
    yield child("axle-backend, forked", axle(), True)
    yield child("axle-backend, forked, by lines", axle(control=False), False)
    yield child("axle-backend, inline", axle("inline"), True)
    yield child("axle-backend, fresh", axle("fresh"), True)
    if not bench.smoke:
        argv = pyproject_api_argv(surroundings.python, "bench_backend")
        yield child("pyproject_api, reused child", argv, False)


def call(child, pause):
    time.sleep(pause)
    took, outcome = child.call("get_requires_for_build_wheel", config_settings=None)
    if outcome != {"return": []}:
        raise Failed(f"the hook gave {outcome}")
    return took
