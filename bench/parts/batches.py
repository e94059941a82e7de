"""Many projects: one axle with -j1 and -j2, against others in a loop, or two at a time."""

import projects
import variants
from checks import SameArtifacts
from measure import Case, Entry, timed_run

TITLE = "Batches"
LOOP = 'for project; do {each} "$project" || exit 1; done'
PAIRS = 'printf "%s\\0" "$@" | xargs -0 -n1 -P2 {each}'


def cases(bench):
    if bench.smoke:
        return
    for kind, counts in (("hatchling", (1, 10, 100)), ("setuptools", (10,))):
        for count in counts:
            if bench.quick and count > 10 and bench.minutes is None:
                continue
            folder = bench.surroundings.folder("projects")
            made = [projects.generated(folder, kind, 2, f"bench_{kind}_{number}")
                    for number in range(count)]
            for jobs in (1, 2):
                if jobs > count or (bench.quick and count > 10 and jobs == 1):
                    continue
                rounds = max(3, bench.rounds // 2) if count < 100 else max(2, bench.rounds // 10)
                yield Case(f"{count} x {kind} 2 modules, {jobs} at a time: wheels, no isolation",
                           list(entries(bench, made, jobs)), rounds=rounds)


def entries(bench, made, jobs):
    surroundings = bench.surroundings
    python = surroundings.python
    axle = f"{surroundings.programs.axle} build -qnw --python {python} -j{jobs}"
    flags = ([("axle (warm)", ""), ("axle (--no-daemon)", " --no-daemon")]
             if surroundings.programs.has_daemon else [("axle (no daemon)", "")])
    for name, flag in flags:
        yield entry(bench, made, name, f'{axle}{flag} "$@"')
    loop = LOOP if jobs == 1 else PAIRS
    uv = f"{python.parent}/uv build -q --wheel --no-build-isolation"
    yield entry(bench, made, "uv build, no isolation", loop.format(each=uv))
    yield entry(bench, made, "build -n", loop.format(each=f"{python} -m build -nw"))


def entry(bench, made, name, script):
    surroundings = bench.surroundings

    def once():
        folder = surroundings.folder("trees")
        trees = [project.copy(folder / project.root.name) for project in made]
        took = timed_run(["sh", "-c", script, "sh", *trees], cwd=surroundings.work,
                         env=surroundings.environment, log=surroundings.root / "log")
        for tree in trees:
            SameArtifacts().check(tree / "dist", variants.KINDS["wheel"])
        return took

    return Entry(name, once, warm_up=1 if len(made) < 100 else 0)
