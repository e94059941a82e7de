"""How soon a death is told: from the moment before a hook kills its process until the frontend has ended
with its error. Whole processes, the same for all."""

import subprocess
import time

import projects
import variants
from measure import Case, Entry, Failed

TITLE = "Time to tell a death"
DYING = '''

def build_wheel(*_, **__):
    import os, signal, time
    with open(os.environ["BENCH_TIME"], "w") as file:
        file.write(repr(time.monotonic()))
    os.kill(os.getpid(), signal.SIGKILL)
'''


def cases(bench):
    if bench.smoke:
        return
    folder = bench.surroundings.folder("projects")
    project = projects.in_tree(folder, "dying", DYING)
    chosen = variants.of("wheel", bench.surroundings)
    yield Case("the hook is killed by SIGKILL",
               [Entry(variant.name, lambda v=variant: once(bench, project, v)) for variant in chosen])


def once(bench, project, variant):
    surroundings = bench.surroundings
    tree = project.copy(surroundings.work / "tree")
    out = surroundings.folder("out")
    at = surroundings.root / "time"
    process = subprocess.run(
        variant.words(tree, out), cwd=surroundings.work, stdin=subprocess.DEVNULL,
        env={**surroundings.environment, "BENCH_TIME": str(at)}, capture_output=True, timeout=60)
    ended = time.monotonic()
    if process.returncode == 0:
        raise Failed("did not tell that the hook was killed")
    return ended - float(at.read_text())
