"""The rules of the house that a compiler does not hold: who may include whom, what may not stand in
a public header, what may not stand anywhere.

    python3 tests/house/house_test.py [Case[.test]]
"""

import os
import re
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent

# cli -> frontend -> ipc <- backend, and nothing else.
MAY_INCLUDE = {
    "ipc": {"ipc"},
    "backend": {"backend", "ipc"},
    "frontend": {"frontend", "ipc"},
    "cli": {"cli", "frontend", "ipc"},
}

NOT_OURS = {".git", ".cache", "build", "dist", "__pycache__", ".venv", "venv"}
LONGEST = {".hpp": 150, ".h": 150, ".cpp": 400}


def files(*folders, suffixes=None):
    """Every file of ours below `folders` (or the root), as a path from the root."""
    found = []
    for folder in folders or (".",):
        for place, names, leaves in os.walk(ROOT / folder):
            names[:] = sorted(
                name for name in names if name not in NOT_OURS and not name.endswith(".egg-info")
            )
            found += [
                Path(place, leaf).relative_to(ROOT)
                for leaf in sorted(leaves)
                if leaf not in NOT_OURS  # .git is a file in a linked work tree
                and (suffixes is None or Path(leaf).suffix in suffixes)
            ]
    return found


def product(suffixes):
    return files(*MAY_INCLUDE, suffixes=suffixes)


def text(path):
    """What stands in a file; nothing if it is not text."""
    content = (ROOT / path).read_bytes()
    return "" if b"\0" in content else content.decode("utf-8", "replace")


def lines_that(match, paths):
    """`file:line: what stands there` for every line that `match` takes offence at."""
    return [
        f"{path}:{number}: {line.strip()}"
        for path in paths
        for number, line in enumerate(text(path).splitlines(), 1)
        if match(path, line)
    ]


class House(unittest.TestCase):
    def assert_none(self, offences, rule):
        self.assertFalse(offences, f"{rule}\n  " + "\n  ".join(offences))

    def test_includes_go_from_cli_to_frontend_to_ipc_and_from_backend_to_ipc(self):
        ours = re.compile(r'\s*#\s*include\s*(?:"([^"]+)"|<((?:ipc|backend|frontend|cli|tests)/[^>]+)>)')

        def goes_astray(path, line):
            found = ours.match(line)
            if not found:
                return False
            room = (found[1] or found[2]).partition("/")[0]
            return found[2] is not None or room not in MAY_INCLUDE[path.parts[0]]

        sources = product({".cpp", ".hpp", ".h"})
        self.assertGreater(len(sources), 10, f"{ROOT} does not look like axle")
        self.assert_none(
            lines_that(goes_astray, sources),
            'Ours is included as "folder/file", along cli -> frontend -> ipc <- backend only:',
        )

    def test_headers_include_no_guests(self):
        guest = re.compile(r"\s*#\s*include\s*<(boost/|nlohmann/|CLI/|toml\+\+/|archive|nettle/|fmt/)")
        self.assert_none(
            lines_that(lambda _, line: guest.match(line), product({".hpp", ".h"})),
            "A guest in a header makes everybody pay for it; keep it in a .cpp:",
        )

    def test_product_code_never_sleeps(self):
        sleep = re.compile(r"\b(sleep_for|sleep_until|usleep|nanosleep|sleep)\s*\(|\btime\.sleep\b")
        self.assert_none(
            lines_that(lambda _, line: sleep.search(line), product({".cpp", ".hpp", ".h", ".py"})),
            "Wait for an event with a deadline instead:",
        )

    def test_product_code_is_finished(self):
        unfinished = re.compile(r"\b(TODO|FIXME|XXX)\b")
        self.assert_none(
            lines_that(
                lambda _, line: unfinished.search(line), product({".cpp", ".hpp", ".h", ".py"})
            ),
            "Finish it, or leave it out:",
        )

    def test_no_file_knows_a_machine_or_a_registry(self):
        place = re.compile(
            r"(?<![\w.])/(?:work|root|home/\w+|tmp/wt)/|[.][.]/shared\b"
            r"|\bpypi[.]org\b|\bpythonhosted[.]org\b"
            r"|\b(?:deb|security|ftp)[.]debian[.]org\b|\b(?:archive|security)[.]ubuntu[.]com\b"
        )
        self.assert_none(
            lines_that(lambda _, line: place.search(line), files()),
            "Means nothing on another machine, or is for pip and apt to know:",
        )

    def test_every_source_is_built(self):
        lists = {}
        for path in files(*MAY_INCLUDE, "tests", suffixes={".txt"}):
            if path.name == "CMakeLists.txt":
                lists.setdefault(path.parts[0], []).append(text(path))
        lists.setdefault("tests", []).append(text("cmake/AxleTest.cmake"))
        forgotten = [
            str(path)
            for path in files(*MAY_INCLUDE, "tests", suffixes={".cpp"})
            if not any(
                re.search(rf"(?<![\w-]){re.escape(path.name)}", listing)
                for listing in lists.get(path.parts[0], [])
            )
        ]
        self.assert_none(forgotten, "No CMakeLists.txt of its folder names it:")

    def test_every_fault_has_a_test_that_injects_it(self):
        # docs/reliability.md explains the letters. What only a sandbox could meet is left out: N5.
        faults = {"A": 9, "B": 9, "C": 7, "D": 10, "E": 7, "F": 4, "G": 11, "H": 8, "I": 7, "J": 8, "K": 6,
                  "L": 8, "M": 7, "N": 9}
        wanted = {f"{letter}{number}" for letter, last in faults.items()
                  for number in range(1, last + 1)} - {"N5"}
        name = re.compile(r'def (test_\w+)|TEST_CASE\w*\(\s*((?:"[^"]*"\s*)+)')
        fault = re.compile(r"(?<![A-Za-z0-9])([A-N]\d{1,2})(?![A-Za-z0-9])")
        for path in files("tests", suffixes={".py", ".cpp"}):
            for found in name.finditer(text(path)):
                wanted -= set(fault.findall((found[1] or found[2]).upper()))
        self.assert_none(sorted(wanted), "No test has it in its name:")

    def test_every_test_and_file_that_the_standards_name_is_there(self):
        name = re.compile(r'def (test_\w+)|TEST_CASE\w*\(\s*((?:"(?:[^"\\\\]|\\\\.)*"\s*)+)')
        there = set()
        for path in files("tests", suffixes={".py", ".cpp"}):
            for found in name.finditer(text(path)):
                there.add(found[1] or "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', found[2])))
        page = Path("docs/standards.md")
        missing, rows = [], 0
        for number, line in enumerate(text(page).splitlines(), 1):
            if not line.startswith("| ") or line.endswith("| Held by |"):
                continue
            rows += 1
            columns = line.strip("| ").split(" | ")
            tests = re.findall(r"`([^`]+)`", columns[-1])
            paths = re.findall(r"`([^`]+)`", columns[1]) if len(columns) == 3 else []
            missing += [f"{page}:{number}: no test {test!r}" for test in tests if test not in there]
            missing += [f"{page}:{number}: no file {path}" for path in paths if not (ROOT / path).is_file()]
            if not tests:
                missing.append(f"{page}:{number}: no test is named")
        self.assertGreater(rows, 30, f"{page} has lost its tables")
        self.assert_none(missing, "What a table promises has to be there:")

    def test_files_stay_small_enough_to_feel_at_home_in(self):
        # Says so and lets it pass: length is a question, not a fault.
        for path in product(set(LONGEST)):
            length = text(path).count("\n")
            if length > LONGEST[path.suffix]:
                print(f"{path} has {length} lines: do two things share a room?", flush=True)


if __name__ == "__main__":
    unittest.main()
