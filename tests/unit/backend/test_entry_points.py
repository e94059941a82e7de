"""Entry points are read once, and are what they are (backend/python/entry_points.py).

    python3 tests/unit/backend/test_entry_points.py [-v] [Class.test_name]
"""

import json
import os
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import zygote_driver
from zygote_driver import Case

BACKEND = """
import importlib.metadata, os, pathlib, shutil, sys

def found():
    every = []
    for one in importlib.metadata.distributions():
        points = sorted((p.group, p.name, p.value) for p in one.entry_points)
        every.append([one.metadata["Name"], points])
    return sorted(every, key=str)

def change(path, text=None):
    '''What there is before and after, in one hook.'''
    before = found()
    if text is None:
        os.remove(path)
    else:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        pathlib.Path(path).write_text(text)
    return [before, found()]

def put_in_front(folder):
    sys.path.insert(0, folder)
    return found()

def readings():
    '''How often a second look reads a file.'''
    found()
    read = []
    ordinary = pathlib.Path.read_text
    def read_text(self, *more, **named):
        read.append(self.name)
        return ordinary(self, *more, **named)
    pathlib.Path.read_text = read_text
    found()
    return read.count("entry_points.txt")

def spoil():
    for one in importlib.metadata.distributions():
        points = one.entry_points
        if hasattr(points, "clear"): points.clear()
    return found()

def belongings():
    points = []
    for one in importlib.metadata.distributions():
        for point in one.entry_points:
            points.append(point)
            if hasattr(point, "dist") and point.dist is not one: return "another"
            if "noted" in vars(point): return "shared"
            vars(point)["noted"] = True
    return len(points)

def rewrite(path, text):
    before = found()
    was = os.stat(path)
    with open(path, "w") as file: file.write(text)
    os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns))
    return [before, found()]

def another_has_changed_it():
    importlib.metadata.Distribution.entry_points = property(lambda self: ())
    return found()

def subclass():
    class Other(importlib.metadata.PathDistribution):
        def read_text(self, name): return "[g]\\\\nother = a:b\\\\n" if name == "entry_points.txt" else ""
    one = next(importlib.metadata.MetadataPathFinder.find_distributions())
    return [(p.group, p.name, p.value) for p in Other(one._path).entry_points]
"""

POINTS = "[distutils.commands]\n{0} = {0}.command:{0}\n"


class EntryPointsTest(Case):
    def setUp(self):
        super().setUp()
        self.write("backend.py", BACKEND)
        for name in ("first", "second"):
            self.distribution(name)
        self.write("bare-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: bare\nVersion: 1\n")

    def distribution(self, name, text=None, folder="."):
        info = f"{folder}/{name}-1.dist-info"
        self.write(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
        return self.write(f"{info}/entry_points.txt", text or POINTS.format(name))

    def started(self, settled="0"):
        """One that remembers what is older than so many nanoseconds; here nothing is old."""
        self.addCleanup(setattr, zygote_driver, "PROGRAM", zygote_driver.PROGRAM)
        program = zygote_driver.PROGRAM.replace("SETTLED = 2_000_000_000", f"SETTLED = {settled}")
        self.assertNotEqual(program, zygote_driver.PROGRAM)
        zygote_driver.PROGRAM = program
        zygote = self.host()
        self.assertEqual(zygote.start("backend")["op"], "started")
        return zygote

    def fresh(self, expression):
        """What a new interpreter says."""
        program = f"import backend, json; print(json.dumps({expression}))"
        environment = self.environment(self.folder, {})
        command = [sys.executable, "-c", program]
        return json.loads(subprocess.check_output(command, env=environment, cwd=self.cwd))

    def found(self, zygote):
        answer = zygote.call("found", look=False)["return"]
        self.assertEqual(answer, self.fresh("backend.found()"))
        return answer

    def test_what_is_found(self):
        found = dict(self.found(self.started()))
        self.assertEqual(found["first"], [["distutils.commands", "first", "first.command:first"]])
        self.assertEqual(found["bare"], [])

    def test_a_file_is_read_once_in_a_hook(self):
        zygote = self.started()
        self.assertEqual(zygote.call("readings")["return"], 0)
        self.assertEqual(self.fresh("backend.readings()"), len(self.found(zygote)))

    def test_what_changes_between_hooks_and_within_one_is_seen(self):
        zygote = self.started()
        path = self.distribution("first")
        new = os.path.join(self.folder, "third-1.egg-info", "entry_points.txt")
        for where, text in (
            (path, "[other]\nfirst = changed\n"),
            (path, "[other]\nfirst = chAnged\n"),
            (new, "[new]\nthird = there\n"),
            (new, None),
            (path, None),
        ):
            with self.subTest(where=where, text=text):
                before = self.found(zygote)
                answer = zygote.call("change", {"path": where, "text": text}, look=False)
                self.assertEqual(answer["return"][0], before)
                after = self.found(zygote)
                self.assertEqual(answer["return"][1], after)
                self.assertNotEqual(before, after)

    def test_a_folder_on_the_path_of_one_hook_is_of_that_one(self):
        zygote = self.started()
        before = self.found(zygote)
        self.distribution("inner", folder="inner")
        inner = os.path.join(self.folder, "inner")
        answer = zygote.call("put_in_front", {"folder": inner})["return"]
        self.assertEqual(answer, self.fresh(f"backend.put_in_front({inner!r})"))
        self.assertIn("inner", dict(answer))
        self.assertEqual(self.found(zygote), before)

    def test_what_a_hook_does_to_its_own_is_its_own(self):
        zygote = self.started()
        before = self.found(zygote)
        self.assertEqual(zygote.call("spoil")["return"], before)

    def test_each_belongs_to_the_distribution_that_was_asked_and_to_nobody_else(self):
        zygote = self.started()
        self.assertEqual(zygote.call("belongings"), zygote.call("belongings"))
        self.assertEqual(zygote.call("belongings")["return"], self.fresh("backend.belongings()"))

    def test_a_file_with_another_content_though_its_time_and_size_are_the_same(self):
        zygote = self.started()
        path = self.distribution("first", "[other]\nfirst = before\n")
        text = "[other]\nfirst = behind\n"
        before, after = zygote.call("rewrite", {"path": path, "text": text}, look=False)["return"]
        self.assertNotEqual(before, after)
        self.assertEqual(after, self.fresh("backend.found()"))

    def test_what_is_young_is_read_again(self):
        zygote = self.started("3_600_000_000_000")
        self.assertEqual(zygote.call("readings")["return"], 2)  # first and second

    def test_others_may_have_their_own(self):
        zygote = self.started()
        answer = zygote.call("another_has_changed_it")["return"]
        self.assertEqual(answer, self.fresh("backend.another_has_changed_it()"))
        self.assertEqual(zygote.call("subclass")["return"], self.fresh("backend.subclass()"))


if __name__ == "__main__":
    unittest.main()
