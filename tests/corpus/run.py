"""Builds the corpus with axle and with pypa/build, and compares the wheels: see scripts/corpus."""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE))
from building import Tools, run_package  # noqa: E402
from table import page  # noqa: E402

ROOT = HERE.parents[1]
GOOD = ("identical", "equal", "not reproducible", "both failed", "both timed out")
DISK = 6 << 30  # the folder's caches are emptied beyond


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/corpus", description=__doc__)
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="packages at a time (1)")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="these packages")
    parser.add_argument("--again", action="store_true", help="also those that have a result")
    parser.add_argument("--timeout", type=int, default=600, metavar="S", help="for one build (600)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="all results go there")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="the table goes there")
    parser.add_argument("--list", type=Path, default=HERE / "packages.toml", metavar="FILE",
                        help="what is built (tests/corpus/packages.toml)")
    parser.add_argument("--folder", type=Path, default=ROOT / "build/corpus", metavar="DIR",
                        help="results, caches and all that is temporary (build/corpus)")
    parser.add_argument("--bin", type=Path, required=True, metavar="DIR", help="where axle is")
    return parser.parse_args()


def main():
    chosen = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    corpus = tomllib.loads(chosen.list.read_text())
    tools = Tools(chosen.bin.resolve() / "axle", Path(sys.executable), chosen.folder.resolve(),
                  chosen.timeout, corpus["resolved_as_of"])
    results = tools.folder / "results"
    results.mkdir(parents=True, exist_ok=True)
    requirements = corpus["packages"]
    unknown = set(chosen.only) - {one.partition("==")[0] for one in requirements}
    if unknown:
        sys.exit(f"corpus: {chosen.list} does not list {', '.join(sorted(unknown))}")
    wanted = [one for one in requirements if not chosen.only or one.partition("==")[0] in chosen.only]

    def settle(numbered):
        number, requirement = numbered
        file = results / f"{requirement}.json"
        if file.exists() and not chosen.again:
            return
        result = run_package(requirement, tools, first=("axle", "build")[number % 2])
        remark = corpus.get("remarks", {}).get(result["package"])
        result |= {"remark": remark} if remark else {}
        unfinished = file.with_suffix(".new")
        unfinished.write_text(json.dumps(result, indent=1))
        unfinished.replace(file)
        print(f"{requirement}: {result['verdict']}", flush=True)
        if chosen.jobs == 1:
            keep_small(tools)

    threads = ThreadPoolExecutor(chosen.jobs)
    try:
        for _ in threads.map(settle, enumerate(wanted)):
            pass
    finally:
        threads.shutdown(cancel_futures=True)  # asked to end, it ends with the packages at hand
    found = [json.loads(file.read_text()) for requirement in wanted
             if (file := results / f"{requirement}.json").exists()]
    facts = {"date": time.strftime("%Y-%m-%d"), "build": version("build"), "uv": version("uv"),
             "axle": axle_version(tools), "resolved_as_of": tools.resolved_as_of, "listed": len(requirements),
             "load": os.getloadavg()[1], "processors": len(os.sched_getaffinity(0))}
    if chosen.json:
        chosen.json.write_text(json.dumps({"facts": facts, "results": found}, indent=1) + "\n")
    if chosen.markdown:
        chosen.markdown.write_text(page(found, facts))
    bad = [one["package"] for one in found if one["verdict"] not in GOOD]
    print(f"{len(found)} packages, of which {len(bad)} need a look: {', '.join(bad) or 'none'}")
    return 1 if bad else 0


def axle_version(tools):
    told = subprocess.run([tools.axle, "--version"], capture_output=True, text=True, check=True)
    return told.stdout.split()[1]


def keep_small(tools):
    used = sum(path.lstat().st_blocks * 512 // max(1, path.lstat().st_nlink)
               for path in tools.folder.rglob("*") if not path.is_dir())
    if used > DISK:
        for cache in ("uv", "cache"):
            shutil.rmtree(tools.folder / cache, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
