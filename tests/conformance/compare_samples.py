"""The sample projects of pypa/build and pyproject-hooks, built by axle and by pypa/build.

    AXLE_BIN=build/dev/bin python3 tests/conformance/compare_samples.py --python VENV/bin/python \\
        ../build/tests/packages ../pyproject-hooks/tests/samples

VENV has tests/requirements.txt. Prints where the two differ: in whether they succeed, in the artifacts, member by
member, or in the metadata. Without isolation; --isolated for the other.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from wheel_comparison import differences  # noqa: E402

PLANS = {"default": [], "wheel": ["-w"], "sdist": ["-s"], "metadata": None}
# PEP 566 has the names of fields; pypa/build has these in the plural.
PLURALS = {"classifiers": "classifier", "platforms": "platform"}


def members(sdist):
    with tarfile.open(sdist) as archive:
        return sorted((member.name, member.mode, member.type, member.linkname,
                       archive.extractfile(member).read() if member.isreg() else b"")
                      for member in archive)


def differing(theirs, ours):
    """Lines that say how two folders of artifacts differ, but for the times of members."""
    names = [sorted(path.name for path in folder.glob("*.*")) for folder in (theirs, ours)]
    if names[0] != names[1]:
        yield f"{names[0]} and {names[1]}"
    for name in sorted(set(names[0]) & set(names[1])):
        if name.endswith(".whl"):
            yield from (str(one) for one in differences(theirs / name, ours / name) if one.what != "date")
        elif members(theirs / name) != members(ours / name):
            yield f"{name} has other members"


def ran(command, environment):
    done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=300, check=False)
    return done.returncode, done.stdout, done.stderr


def compare(project, plan, options, environment):
    """Yields what differs."""
    isolation = [] if options.isolated else ["-n", "-x"]
    axle = os.path.join(os.environ["AXLE_BIN"], "axle")
    with tempfile.TemporaryDirectory() as folder:
        trees = [shutil.copytree(project, Path(folder) / who / project.name) for who in ("theirs", "ours")]
        outputs = [tree.parent / "out" for tree in trees]
        build, metadata = [options.python, "-m", "build", *isolation], PLANS[plan] is None
        ours = [axle, "metadata" if metadata else "build", "-p", options.python, *isolation]
        if metadata:
            commands = [[*build, "--metadata", trees[0]], [*ours, trees[1]]]
        else:
            commands = [[*build, *PLANS[plan], "-o", outputs[0], trees[0]],
                        [*ours, *PLANS[plan], "-o", outputs[1], trees[1]]]
        (their_code, their_text, _), (our_code, our_text, our_words) = (
            ran(command, environment) for command in commands)
        if (their_code == 0) != (our_code == 0):
            yield f"pypa/build ends with {their_code}, axle with {our_code}: {our_words.strip()[-200:]}"
        elif their_code == 0 and metadata:
            their_fields = {PLURALS.get(key, key): value for key, value in json.loads(their_text).items()}
            if their_fields != json.loads(our_text):
                yield f"{their_text} and {our_text}"
        elif their_code == 0:
            yield from differing(*outputs)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--python", required=True)
    parser.add_argument("--isolated", action="store_true")
    parser.add_argument("folders", nargs="+", type=Path)
    options = parser.parse_args()
    backends = [str(folder / "buildsys_pkgs") for folder in options.folders]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(backends), "NO_COLOR": "1"}
    found = 0
    for folder in options.folders:
        for project in sorted(path for path in folder.iterdir() if path.is_dir()):
            if project.name == "buildsys_pkgs":
                continue
            for plan in PLANS:
                for line in compare(project, plan, options, environment):
                    found += 1
                    print(f"{project.name}, {plan}: {line}", flush=True)
    print(f"{found} differences")


if __name__ == "__main__":
    main()
