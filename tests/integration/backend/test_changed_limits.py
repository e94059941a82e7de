"""Hooks that change the resource limits of the processes that later hooks come from."""

import os
import resource
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from backend_driver import BackendTest  # noqa: E402

BACKEND = """
    import os, resource

    def limits():
        return [list(resource.getrlimit(which)) for which in range(16)]

    def siblings():
        with open(f"/proc/{os.getppid()}/task/{os.getppid()}/children") as file:
            return [int(pid) for pid in file.read().split() if int(pid) != os.getpid()]

    def lower(whose, which, most, hard):
        for pid in [os.getppid()] if whose == "interpreter" else siblings():
            limits = resource.prlimit(pid, which)
            resource.prlimit(pid, which, (most, most if hard else limits[1]))
        return len(siblings())
"""
LIMITS = {"AS": 1 << 20, "FSIZE": 0, "NOFILE": 0, "DATA": 1 << 20, "CORE": 0, "CPU": 100_000, "STACK": 1 << 20}


class ChangedLimits(BackendTest):
    def test_j1_an_interpreter_with_other_limits_is_replaced(self):
        backend = self.backend(BACKEND)
        expected = backend.call("limits")
        self.assertIn("return", expected)
        for name, most in LIMITS.items():
            for hard in False, True:
                with self.subTest(name, hard=hard):
                    which = getattr(resource, f"RLIMIT_{name}")
                    changes = resource.getrlimit(which)[0] != most or hard
                    before = backend.interpreter()
                    lowered = backend.call("lower", kwargs={"whose": "interpreter", "which": which,
                                                               "most": most, "hard": hard})
                    self.assertIn("return", lowered)
                    self.assertEqual(expected, backend.call("limits"))
                    if changes:
                        self.assertNotEqual(before, backend.interpreter())
        self.assertEqual(0, backend.leave())

    def test_j1_a_spare_process_with_other_limits_is_passed_over(self):
        source = self.project(BACKEND)
        folder = source.root / "installed"
        folder.mkdir()
        (source.root / "backend.py").rename(folder / "backend.py")
        backend = self.backend(source, in_tree=False, options=["--warm"],
                               env={**os.environ, "PYTHONPATH": str(folder)})
        expected = backend.call("limits")
        while True:
            told = backend.event("warm")
            if told["spares"] == 2:
                break
        lowered = backend.call("lower", kwargs={"whose": "spares", "which": resource.RLIMIT_FSIZE,
                                                "most": 4096, "hard": False})
        self.assertGreater(lowered["return"], 0)
        self.assertEqual(expected, backend.call("limits"))
        self.assertEqual(0, backend.leave())


if __name__ == "__main__":
    unittest.main()
