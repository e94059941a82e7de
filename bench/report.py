"""What was measured, for people and for programs."""

import json


def heading(machine, versions):
    return (f"{machine['cpu']}, {machine['processors']} processors, {machine['memory']}, Linux"
            f" {machine['kernel']}, {machine['file_system']}, {machine['date']},"
            f" load {machine['load']:.1f}\n{', '.join(versions)}\n")


def table(case):
    """Medians with their quartiles; the ratio says how many times the first one's median it is."""
    reference = next((e.summary()["median"] for e in case.entries if e.samples), None)
    factor = 1000 if case.unit == "ms" else 1
    width = max(len(entry.name) for entry in case.entries)
    rows = [f"{case.name} [{case.unit}]",
            f"  {'':{width}} {'median':>9} {'p25':>9} {'p75':>9} {'p99':>9} {'n':>4} {'ratio':>7}"]
    for entry in case.entries:
        found = entry.summary()
        if found is None:
            rows.append(f"  {entry.name:{width}} {entry.error or 'not measured'}")
            continue
        numbers = "".join(f" {figure(found[key] * factor):>9}"
                          for key in ("median", "p25", "p75", "p99"))
        ratio = f"{found['median'] / reference:.2f}x" if reference else ""
        rows.append(f"  {entry.name:{width}}{numbers} {found['n']:>4} {ratio:>7}"
                    + (f"  then: {entry.error}" if entry.error else ""))
    return "\n".join([*rows, ""])


def markdown(parts, machine, versions):
    """The same as tables, a row for each variant."""
    lines = ["# Figures", "",
             "Made by `bench/run --markdown`; what they mean is in [performance.md](../performance.md).",
             "", f"{machine['cpu']}, {machine['processors']} processors, {machine['memory']}, Linux"
             f" {machine['kernel']}, {machine['file_system']}, {machine['date']}, load"
             f" {machine['load']:.1f} at the beginning. {', '.join(versions)}.", ""]
    for title, cases in parts:
        lines += [f"## {title}", ""]
        for case in cases:
            first = next((e.summary()["median"] for e in case.entries if e.samples), None)
            factor = 1000 if case.unit == "ms" else 1
            lines += [f"**{case.name}**", "",
                      f"| | median, {case.unit} | p25 – p75 | p99 | n | times the first |",
                      "|---|---:|---:|---:|---:|---:|"]
            for entry in case.entries:
                found = entry.summary()
                if found is None:
                    lines.append(f"| {entry.name} | {entry.error or 'not measured'} | | | | |")
                    continue
                low, middle, high, last = (figure(found[key] * factor)
                                           for key in ("p25", "median", "p75", "p99"))
                ratio = f"{found['median'] / first:.2f}" if first else ""
                lines.append(f"| {entry.name} | {middle} | {low} – {high} | {last} | {found['n']} |"
                             f" {ratio} |")
            lines.append("")
    return "\n".join(lines)


def figure(value):
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 1000 else f"{value:.0f}"


def write_json(path, parts, machine, versions):
    document = {
        "machine": machine,
        "versions": versions,
        "parts": {
            title: [
                {"case": case.name, "unit": "s" if case.unit == "ms" else case.unit,
                 "entries": [{"name": e.name, "summary": e.summary(), "samples": e.samples,
                              "error": e.error or None} for e in case.entries]}
                for case in cases
            ]
            for title, cases in parts
        },
    }
    path.write_text(json.dumps(document, indent=1) + "\n")
