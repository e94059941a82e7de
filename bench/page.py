#!/usr/bin/env python3
"""The tables of docs/performance.md, from what bench/run --json has written: between its two marks.

    bench/run --json all.json --plots docs/performance --markdown docs/performance/figures.md
    bench/page.py all.json docs/performance.md
"""

import argparse
import json
import re
import sys
from pathlib import Path

BEGIN = "<!-- figures: by bench/page.py, of bench/run --json -->"
END = "<!-- end of the figures -->"
AXLE, COLD = "axle (warm)", "axle (--no-daemon)"
PEERS = {"uv build": ("uv build", "uv build, no isolation"),
         "build": ("build", "build -n"),
         "pip wheel": ("pip wheel", "pip wheel, no isolation")}
LIMIT = "limit: the hooks alone, warm"
HOOKS = ("axle-backend, forked, --warm", "axle-backend, forked", "axle-backend, inline",
         "axle-backend, fresh", "pyproject_api, reused child")


class Case:
    def __init__(self, told):
        self.name = told["case"]
        self.factor = 1000 if told["unit"] == "s" else 1
        self.found = {entry["name"]: entry["summary"] for entry in told["entries"]
                      if entry["summary"]}

    def value(self, *names, key="median"):
        """Of the first of the variants that was measured; None: none was."""
        for name in names:
            if name in self.found:
                return self.found[name][key] * self.factor
        return None


def number(value):
    if value is None:
        return ""
    return f"{value:.1f}" if value < 10 else f"{value:.0f}"


def row(*cells):
    return "| " + " | ".join(cells) + " |"


def against(case, *names):
    """With how many times axle's time that is."""
    value, ours = case.value(*names), case.value(AXLE)
    return f"{number(value)} ({value / ours:.1f}x)" if value and ours else number(value)


def builds(cases, limit):
    yield row("", "axle, warm", "axle, `--no-daemon`", *PEERS, *(["limit"] if limit else []))
    yield "|---|" + "---:|" * (5 + limit)
    for case in cases:
        if case.value(AXLE, COLD) is not None:
            name = case.name.replace(", everything cached", ", cached")
            peers = [against(case, *names) for names in PEERS.values()]
            yield row(name, f"**{number(case.value(AXLE))}**", number(case.value(COLD)), *peers,
                      *([number(case.value(LIMIT))] if limit else []))


def hooks(cases):
    yield row("", "forked, `--warm`", "forked", "inline", "fresh", "pyproject_api's reused child")
    yield "|---|" + "---:|" * len(HOOKS)
    for case in cases:
        cells = [" / ".join(number(case.value(name, key=key)) for key in ("median", "p99"))
                 if case.value(name) else "" for name in HOOKS]
        yield row(case.name.removeprefix("a hook that does nothing, "), *cells)


def listing(case):
    found = (f"{name} {number(case.value(name))}" for name in case.found)
    return f"{case.name}: {', '.join(found)}."


def section(document):
    """All of it, as Markdown."""
    parts = {title: [Case(told) for told in cases] for title, cases in document["parts"].items()}
    machine = document["machine"]
    versions = ", ".join(document["versions"])
    lines = [f"{machine['cpu']}, {machine['processors']} processors, Linux {machine['kernel']},"
             f" {machine['file_system']}, {machine['date']}, load {machine['load']:.1f} at the"
             f" beginning; {versions}.", "",
             "Medians in milliseconds, of whole processes; in brackets how many times that of a warm"
             " axle. All variants, with their quartiles, are in"
             " [performance/figures.md](performance/figures.md)."]
    if parts.get("Whole builds"):
        lines += ["", *builds(parts["Whole builds"], limit=True)]
    if parts.get("Batches"):
        lines += ["", "Many projects, one axle for all of them; others once for each:", "",
                  *builds(parts["Batches"], limit=False)]
    if parts.get("Latency of one hook"):
        lines += ["", "A hook that does nothing, from the command until its result is read, p50 / p99"
                  " in ms:", "", *hooks(parts["Latency of one hook"])]
    for title, what in (("Start-up", "Start-up, in ms"), ("Time to tell a death",
                        "Time to tell a death, in ms"), ("Memory", "Memory, in MiB")):
        for case in parts.get(title, []):
            lines += ["", f"{what}; {listing(case)}"]
    return "\n".join(lines)


def put_in(page, text):
    """`page` with `text` between its marks."""
    found = re.compile(f"{re.escape(BEGIN)}.*?{re.escape(END)}", re.S)
    if len(found.findall(page)) != 1:
        raise ValueError(f"the page needs the lines {BEGIN!r} and {END!r}, once")
    return found.sub(lambda _: f"{BEGIN}\n\n{text}\n\n{END}", page)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("json", type=Path, help="what bench/run --json has written")
    parser.add_argument("page", type=Path, help="the page whose figures are replaced")
    chosen = parser.parse_args()
    try:
        text = section(json.loads(chosen.json.read_text()))
        chosen.page.write_text(put_in(chosen.page.read_text(), text))
    except (OSError, ValueError, KeyError) as error:
        return f"page.py: {error}"
    return 0


if __name__ == "__main__":
    sys.exit(main())
