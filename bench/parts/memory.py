"""Memory, as the proportional set size (PSS) of processes while a hook waits, or while nothing happens."""

import os
import re
import subprocess
import time
from pathlib import Path

import projects
import variants
from hook_child import HookChild, axle_argv, pyproject_api_argv
from measure import Case, Entry, Failed

TITLE = "Memory"
WAITING = '''

def build_wheel(*_, **__):
    import os
    with open(os.environ["BENCH_WAITS"], "w") as told:
        told.write("x")
    with open(os.environ["BENCH_GOES_ON"]) as fifo:
        fifo.read(1)
    raise SystemExit(1)
'''
SECONDS_TO_SETTLE = 1.5


def cases(bench):
    if bench.smoke:
        return
    folder = bench.surroundings.folder("projects")
    waiting = projects.in_tree(folder, "waiting", "import setuptools.build_meta\n" + WAITING)
    chosen = [variant for variant in variants.of("wheel", bench.surroundings)
              if variant.name != variants.PAUSED]
    yield Case("a whole build that waits in a setuptools hook, all its processes",
               [Entry(v.name, lambda v=v: of_build(bench, waiting, v), warm_up=0) for v in chosen],
               unit="MiB", rounds=3)
    for kind in ("setuptools", "flit"):
        backend = projects.BACKENDS[kind][1]
        project = projects.generated(folder, kind, 2, f"bench_idle_{kind}")
        entries = []
        for role in ("all", "axle-backend", "interpreter", "spares"):
            entries.append(Entry(f"axle-backend --warm with {backend}: {role}",
                                 lambda p=project, b=backend, r=role: idle(bench, p, b)[r],
                                 warm_up=0))
        entries.append(Entry(f"pyproject_api's child with {backend}",
                             lambda p=project, b=backend: idle_peer(bench, p, b), warm_up=0))
        yield Case(f"idle after a hook of {kind}", entries, unit="MiB", rounds=3)


def pss(pid):
    """In MiB; 0 for one that has ended."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    except PermissionError:
        raise Failed("the memory of the processes may be read by root only") from None
    found = re.search(r"^Pss:\s+(\d+) kB", text, re.M)
    return int(found[1]) / 1024 if found else 0.0


def parents():
    table = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                table[int(entry.name)] = int(fields[1])
            except OSError:
                pass
    return table


def descendants(pid):
    """Generation by generation, `pid` itself first."""
    table = parents()
    generations = [[pid]]
    while generations[-1]:
        above = set(generations[-1])
        generations.append([child for child, parent in table.items() if parent in above])
    return generations[:-1]


def of_build(bench, project, variant):
    surroundings = bench.surroundings
    surroundings.ask_daemon("stop")  # what others have warmed does not count
    if variant.primed:
        surroundings.ask_daemon("start")
    tree = project.copy(surroundings.work / "tree")
    fifos = [surroundings.root / name for name in ("waits", "goes-on")]
    for fifo in fifos:
        fifo.unlink(missing_ok=True)
        os.mkfifo(fifo)
    environment = {**surroundings.environment, "BENCH_WAITS": str(fifos[0]),
                   "BENCH_GOES_ON": str(fifos[1])}
    process = subprocess.Popen(variant.words(tree, surroundings.folder("out")), env=environment,
                               cwd=surroundings.work, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with open(fifos[0]) as told:
        told.read(1)
    # A daemon and what it keeps belong to the build, though they are not below it.
    above = [process.pid, *surroundings.daemons()]
    used = sum(pss(pid) for pid in {pid for top in above for pid in sum(descendants(top), [])})
    with open(fifos[1], "w") as goes_on:
        goes_on.write("x")
    process.wait()
    return used


def after_a_hook(bench, project, argv):
    surroundings = bench.surroundings
    child = HookChild(argv, cwd=project.root, env=surroundings.environment,
                      results=surroundings.folder("results"), control="--control-fd" in argv)
    child.call("get_requires_for_build_wheel", config_settings=None)
    time.sleep(SECONDS_TO_SETTLE)
    return child


def idle(bench, project, backend):
    surroundings = bench.surroundings
    child = after_a_hook(bench, project,
                         axle_argv(surroundings.programs, surroundings.python, backend,
                                   warm=True))
    generations = descendants(child.process.pid)
    sizes = [sum(map(pss, generation)) for generation in generations] + [0, 0, 0]
    child.close()
    return {"axle-backend": sizes[0], "interpreter": sizes[1], "spares": sum(sizes[2:]),
            "all": sum(sizes)}


def idle_peer(bench, project, backend):
    child = after_a_hook(bench, project, pyproject_api_argv(bench.surroundings.python, backend))
    used = pss(child.process.pid)
    child.close()
    return used
