"""The results of the corpus as a page."""

import platform
import sys

VERDICTS = {
    "identical": "the two wheels are the same, byte by byte",
    "equal": "every member is the same, with its mode and date; the archives are written differently",
    "not reproducible": "they differ in what also differs between two runs of build",
    "differs": "something else differs: it is told below",
    "both failed": "neither could build it",
    "both timed out": "neither was done within the limit",
}

HEAD = """\
# The corpus

Much downloaded sdists, each built by axle and by [pypa/build](https://build.pypa.io), in isolated
environments that uv fills with the same versions, with the same `SOURCE_DATE_EPOCH`. The two wheels
are compared member by member, and their METADATA line by line. `scripts/corpus` made this page; it
makes it again:

    scripts/corpus --markdown docs/corpus.md

Made on {date}, {machine} with {processors} processors and a load of {load:.0f}, Python {python},
axle {axle}, build {build}, uv {uv}; build requirements as of {resolved_as_of}. The list, with
what it needs of the distribution's packages: [tests/corpus/packages.toml](../tests/corpus/packages.toml).
A run goes on where the last one ended.

"""


MODES = """
A mode that differs is that of a file which others than its owner may write in the sdist. axle clears that
permission when it unpacks an sdist, as PEP 706 says and Python's own data filter does; build does so on a
Python that has the filter (3.11.5, 3.12 and newer), and keeps it on an older one.
"""


def page(results, facts):
    """`results` in the order of the list; of them only what was built or could not be."""
    shown = [one for one in results if one["verdict"] != "not fetched"]
    text = HEAD.format(**facts, machine=f"{platform.system()} {platform.machine()}",
                       python=".".join(map(str, sys.version_info[:3])))
    text += f"| of {len(shown)} sdists ({facts['listed']} are listed) | |\n|---:|---|\n"
    for verdict, meaning in VERDICTS.items():
        count = sum(one["verdict"] == verdict for one in shown)
        if count:
            text += f"| {count} | **{verdict}**: {meaning} |\n"
    text += ("\nTimes are of one build each, in seconds, with everything that it needed fetched and\n"
             "installed; the two take turns in being the first, which fills caches for both. They say\n"
             "that both work, and are no comparison of speed: [Performance](performance.md) is.\n\n"
             "| package | backend | axle | build | the wheels |\n|---|---|---:|---:|---|\n")
    for one in shown:
        text += (f"| {one['package']} {one['version']} | {one['backend']} | {time_of(one['axle'])} "
                 f"| {time_of(one['build'])} | {one['verdict']} |\n")
    told = [one for one in shown if one["verdict"] not in ("identical", "equal")]
    if told:
        text += "\n## What is not equal\n" + MODES
    for one in told:
        text += f"\n**{one['package']} {one['version']}**: {explanation(one)}\n"
    return text


def time_of(built):
    return f"{built['seconds']:.1f}" if built["outcome"] == "built" else built["outcome"]


def explanation(one):
    if one.get("remark"):
        return one["remark"]
    if one.get("differences"):
        members = sorted({f"{each['what']} of `{each['member']}`" for each in one["differences"]})
        more = f", and {len(members) - 6} more" if len(members) > 6 else ""
        why = " (two runs of build differ there, too)" if one["verdict"] == "not reproducible" else ""
        return ", ".join(members[:6]) + more + why
    lines = [f"{frontend} {one[frontend]['outcome']}: `{last_words(one[frontend]['words'])}`"
             for frontend in ("axle", "build") if one[frontend]["outcome"] != "built"]
    return "; ".join(lines)


def last_words(words):
    """The line that most looks like the reason."""
    lines = [line.strip().lstrip("│╰─▶× ").replace("`", "'") for line in words.splitlines()]
    lines = [line for line in lines if line]
    for line in reversed(lines):
        if any(word in line for word in ("Error: ", "error: ", "Exception: ", "ERROR: ")):
            return line[:200]
    return lines[-1][:200] if lines else "no words"
