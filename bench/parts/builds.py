"""Whole builds, each a process started from outside, in a fresh copy of the project."""

import time

import projects
import variants
from checks import SameArtifacts
from measure import Case, Entry, Failed, timed_run

TITLE = "Whole builds"
WORK = {"wheel": "wheel, no isolation", "isolated": "wheel, isolated, everything cached",
        "default": "sdist and wheel, isolated, everything cached"}
SECONDS_TO_SETTLE = 0.3


def cases(bench):
    folder = bench.surroundings.folder("projects")
    if bench.smoke:
        yield case(bench, projects.in_tree(folder, "smoke"), "wheel", with_peers=False)
        return
    medium = [] if bench.quick else [211]
    for kind in projects.BACKENDS:
        for modules in [2, *medium]:
            yield case(bench, projects.generated(folder, kind, modules), "wheel")
    yield case(bench, projects.with_extension(folder), "wheel")
    for work in ("isolated", "default"):
        for kind in ("setuptools", "hatchling") if bench.quick else projects.BACKENDS:
            project = projects.generated(folder / work, kind, 2)
            yield case(bench, project, work)
    if not bench.quick:
        for project in projects.real(folder / "real"):
            yield case(bench, project, "wheel")


def case(bench, project, work, with_peers=True):
    same = SameArtifacts()
    chosen = variants.of(work, bench.surroundings)
    if not with_peers:
        chosen = [variant for variant in chosen if variant.name.startswith("axle")]
    entries = [build_entry(bench, project, variant, work, same) for variant in chosen]
    if work == "wheel" and project.backend and with_peers:
        entries.append(limit_entry(bench, project, same))
    return Case(f"{project.name}: {WORK[work]}", entries)


def build_entry(bench, project, variant, work, same):
    surroundings = bench.surroundings
    tree = surroundings.work / "tree"

    def build():
        out = surroundings.folder("out")
        project.copy(tree)
        took = timed_run(variant.words(tree, out), cwd=surroundings.work,
                         env=surroundings.environment, log=surroundings.root / "log")
        same.check(out, variants.KINDS[work])
        return took

    def once():
        if variant.primed:
            build()
            time.sleep(SECONDS_TO_SETTLE)
        return build()

    return Entry(variant.name, once, warm_up=2)


def limit_entry(bench, project, same):
    """How long the hooks themselves take, without any process around them."""
    surroundings = bench.surroundings

    def once():
        out = surroundings.folder("out")
        trees = [project.copy(surroundings.work / name) for name in ("warm-up", "tree")]
        log = surroundings.root / "log"
        timed_run([surroundings.python, variants.CLIENTS / "in_process.py", project.backend,
                   *trees, out], cwd=surroundings.work, env=surroundings.environment, log=log)
        same.check(out, variants.KINDS["wheel"])
        last = log.read_text().splitlines()[-1]
        try:
            return float(last)
        except ValueError:
            raise Failed(f"said no time but {last!r}") from None

    return Entry("limit: the hooks alone, warm", once)
