"""An outside project finds the installed library and builds packages with it: examples/orchestrator.

    AXLE_BUILD=build/dev CMAKE_COMMAND=cmake CXX=g++ python3 tests/install/test_library.py
"""

import os
import subprocess
import unittest

from installed import CMAKE, COMPILER, ROOT, SANITIZE, InstalledTest, run
from projects import TinyProject

NEVER_ENDING = """
    import threading

    def build_wheel(*_, **__):
        threading.Event().wait()
"""
RAISING = """
    def build_wheel(*_, **__):
        raise RuntimeError("no wheel today")
"""


class Library(InstalledTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.build = cls.folder / "orchestrator"
        run(CMAKE, "-S", ROOT / "examples/orchestrator", "-B", cls.build,
            f"-DCMAKE_PREFIX_PATH={cls.prefix}", f"-DCMAKE_CXX_COMPILER={COMPILER}",
            f"-DCMAKE_CXX_FLAGS={'-fsanitize=' + SANITIZE if SANITIZE else ''}")
        run(CMAKE, "--build", cls.build)

    def setUp(self):
        self.home = self.folder / self._testMethodName
        (self.home / "tmp").mkdir(parents=True)

    def project(self, name, *hooks):
        """A source tree whose project and folder are called `name`."""
        tiny = TinyProject(*hooks)
        self.addCleanup(tiny.__exit__)
        for file in ("pyproject.toml", "tiny_backend.py"):
            text = (tiny.root / file).read_text()
            tiny.write(file, text.replace('"demo"', f'"{name}"'))
        tiny.root = tiny.root.rename(tiny.root.with_name(name))
        return tiny.root

    def orchestrator(self, *sources, program=None, **environment):
        done = subprocess.run(
            [str(program or self.build / "orchestrator"), str(self.home / "out"), *map(str, sources)],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=240,
            env={"PATH": os.environ["PATH"], "HOME": str(self.home), "TMPDIR": str(self.home / "tmp"),
                 **environment})
        self.assertEqual(list((self.home / "tmp").iterdir()), [], "left in the temporary folder")
        return done

    def test_three_packages_are_built_side_by_side_and_the_last_is_cancelled(self):
        done = self.orchestrator(self.project("one"), self.project("two"),
                                 self.project("three", NEVER_ENDING))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.splitlines()[:2], [
            "one: built one-1.0-py3-none-any.whl", "two: built two-1.0-py3-none-any.whl"])
        self.assertRegex(done.stdout.splitlines()[2], "^three: cancelled: .*nobody wants it any more")
        self.assertEqual(sorted(path.name for path in (self.home / "out").iterdir()),
                         ["one-1.0-py3-none-any.whl", "two-1.0-py3-none-any.whl"])

    def test_the_failure_of_one_package_is_told_as_its_hook_raised_it(self):
        done = self.orchestrator(self.project("bad", RAISING), self.project("good"),
                                 self.project("last"))
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, r"bad: failed \(1\): .*no wheel today")
        self.assertIn("good: built good-1.0-py3-none-any.whl\n", done.stdout)

    def test_the_axle_backend_of_another_place_is_named_in_the_environment(self):
        # Without the definition of the example: the library looks by itself.
        source = self.folder / "by-itself"
        source.mkdir()
        (source / "CMakeLists.txt").write_text(
            (ROOT / "examples/orchestrator/CMakeLists.txt").read_text()
            .replace('AXLE_BACKEND="$<TARGET_FILE:axle::axle-backend>"', 'AXLE_BACKEND=""'))
        (source / "orchestrator.cpp").write_text(
            (ROOT / "examples/orchestrator/orchestrator.cpp").read_text())
        build = self.folder / "by-itself-build"
        run(CMAKE, "-S", source, "-B", build, f"-DCMAKE_PREFIX_PATH={self.prefix}",
            f"-DCMAKE_CXX_COMPILER={COMPILER}",
            f"-DCMAKE_CXX_FLAGS={'-fsanitize=' + SANITIZE if SANITIZE else ''}")
        run(CMAKE, "--build", build)
        one = self.project("one")
        program = build / "orchestrator"
        named = self.orchestrator(one, program=program,
                                  AXLE_BACKEND=str(self.prefix / "bin/axle-backend"))
        self.assertEqual(named.returncode, 0, named.stdout + named.stderr)
        wrong = self.orchestrator(one, program=program, AXLE_BACKEND="/nowhere/axle-backend")
        self.assertEqual(wrong.returncode, 4, wrong.stdout + wrong.stderr)
        self.assertIn("/nowhere/axle-backend", wrong.stdout)
        on_path = self.orchestrator(one, program=program,
                                    PATH=f"{self.prefix / 'bin'}:{os.environ['PATH']}")
        self.assertEqual(on_path.returncode, 0, on_path.stdout + on_path.stderr)


if __name__ == "__main__":
    unittest.main()
