"""How the cost grows: with the modules of a project, with what a hook prints, with the commands of a child."""

import time

import projects
import variants
from hook_child import HookChild, axle_argv, pyproject_api_argv
from measure import Case, Entry, timed_run
from parts.builds import case

TITLE = "Growth"
MODULES = (2, 10, 50, 100, 200, 500)
MEGABYTES = (0, 1, 10, 100)
COMMANDS = (10, 100, 1000, 10_000, 100_000)
LINE = 100


def cases(bench):
    if bench.smoke:
        return
    folder = bench.surroundings.folder("projects")
    for modules in MODULES[::3] if bench.quick else MODULES:
        project = projects.generated(folder, "setuptools", modules, f"bench_growing_{modules}")
        grown = case(bench, project, "wheel")
        grown.series, grown.size = "time for modules of a setuptools project", modules
        yield grown
    for megabytes in MEGABYTES[:3] if bench.quick else MEGABYTES:
        project = projects.in_tree(folder, f"printing_{megabytes}")
        yield Case(f"a hook that prints {megabytes} MB",
                   [printing_entry(bench, project, variant, megabytes)
                    for variant in variants.of("wheel", bench.surroundings)],
                   series="time for MB that a hook prints", size=megabytes)
    noop = projects.in_tree(folder, "noop")
    for count in COMMANDS[:3] if bench.quick else COMMANDS:
        yield Case(f"{count} commands, one child, hooks inside it", [
            Entry(name, lambda a=argv: commands(bench, noop, a, count), warm_up=0)
            for name, argv in children(bench)],
            rounds=5 if count < 1000 else 3 if count < 100_000 else 1,
            series="time for commands of one child", size=count)


def printing_entry(bench, project, variant, megabytes):
    surroundings = bench.surroundings
    environment = {**surroundings.environment, "BENCH_LINES": str(megabytes * 1_000_000 // LINE)}
    tree = surroundings.work / "tree"

    def once():
        project.copy(tree)
        return timed_run(variant.words(tree, surroundings.folder("out")), cwd=surroundings.work,
                         env=environment, log=surroundings.root / "log")

    return Entry(variant.name, once)


def children(bench):
    surroundings = bench.surroundings
    yield "axle-backend, inline", axle_argv(
        surroundings.programs, surroundings.python, "bench_backend", "inline")
    yield "pyproject_api, reused child", pyproject_api_argv(surroundings.python, "bench_backend")


def commands(bench, project, argv, count):
    surroundings = bench.surroundings
    child = HookChild(argv, cwd=project.root, control="--control-fd" in argv,
                      env={**surroundings.environment, "PYTHONPATH": str(project.root)},
                      results=surroundings.folder("results"))
    begin = time.perf_counter()
    for _ in range(count):
        child.call("get_requires_for_build_wheel", config_settings=None)
    took = time.perf_counter() - begin
    child.close()
    return took
