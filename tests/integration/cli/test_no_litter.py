"""--no-litter: whatever hooks do, the source tree stays as it was.

AXLE_TEST_VENV has the build backends.
"""

import os
import socket
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from axle_program import AxleTest  # noqa: E402
from projects import TinyProject  # noqa: E402

VENV = os.environ.get("AXLE_TEST_VENV")
BACKENDS = {"setuptools": "setuptools.build_meta", "hatchling": "hatchling.build",
            "flit-core": "flit_core.buildapi", "poetry-core": "poetry.core.masonry.api"}
LITTERING = """
    Path("litter").write_text("from the import")
    real_build_wheel = build_wheel

    def build_wheel(wheel_directory, *_, **__):
        Path("demo.py").write_text("answer = 43\\n")
        Path("absolute").write_text("through a link")
        assert Path("outside").read_text() == "beside the tree"
        return real_build_wheel(wheel_directory)
"""
READ_ONLY = """
    def build_wheel(*_, **__):
        raise PermissionError(13, "Permission denied", "build")
"""


def state(root):
    """All that is in a folder: kinds, modes, times, contents."""
    found = {}
    for path in [root, *sorted(root.rglob("*"))]:
        status = path.lstat()
        content = (os.readlink(path) if path.is_symlink() else
                   path.read_bytes() if path.is_file() else None)
        found[str(path)] = (status.st_mode, status.st_mtime_ns, status.st_ino, content)
    return found


class NoLitter(AxleTest):
    def test_an_in_tree_backend_runs_from_the_copy_and_writes_there(self):
        with TinyProject(LITTERING) as project:
            root = project.root
            (root.parent / "beside").write_text("beside the tree")
            (root / "outside").symlink_to("../beside")
            (root / "linked").write_text("before")
            (root / "absolute").symlink_to(root / "linked")
            (root / "dangling").symlink_to("nowhere")
            os.mkfifo(root / "fifo")
            with socket.socket(socket.AF_UNIX) as listener:
                listener.bind(str(root / "socket"))
                (root / "folder").mkdir(mode=0o555)
                before = state(root)
                out, _ = self.axle("build", "-w", "--no-litter", "-o", self.home / "out", root)
                self.assertEqual(state(root), before)
            (root / "folder").chmod(0o755)
            self.assertEqual(out, f"{self.home}/out/{project.wheel}\n")

    def test_without_an_outdir_the_artifacts_go_where_they_always_go(self):
        with TinyProject(LITTERING.replace("assert", "# assert").replace('Path("absolute")', "# ")) as project:
            self.axle("build", "-w", "--no-litter", cwd=project.root)
            self.assertEqual(project.built(), [project.wheel])
            self.assertFalse((project.root / "litter").exists())

    def test_an_editable_needs_the_tree_itself(self):
        with TinyProject() as project:
            _, err = self.axle("build", "-e", "--no-litter", "-o", "x", cwd=project.root, code=2)
            self.assertIn("--no-litter", err)

    def test_a_hook_that_may_not_write_hints_at_it(self):
        with TinyProject(READ_ONLY) as project:
            _, err = self.axle("build", "-w", cwd=project.root, code=1)
            self.assertIn("--no-litter builds in a copy", err)
            _, err = self.axle("build", "-w", "--no-litter", cwd=project.root, code=1)
            self.assertNotIn("--no-litter builds in a copy", err)

    @unittest.skipUnless(VENV, "AXLE_TEST_VENV names no environment with build backends")
    def test_no_build_backend_leaves_anything(self):
        for requirement, backend in BACKENDS.items():
            with self.subTest(requirement), TinyProject(pyproject=f"""\
[build-system]
requires = ["{requirement}"]
build-backend = "{backend}"
[project]
name = "demo"
version = "1.0"
requires-python = ">=3.8"
description = "It is a demo."
[tool.setuptools]
py-modules = ["demo"]
[tool.hatch.build.targets.wheel]
include = ["demo.py"]
""") as project:
                (project.root / "tiny_backend.py").unlink()
                before = state(project.root)
                for choice in ([], ["-sw"]):
                    self.axle("build", "-n", "--no-litter", "--python", f"{VENV}/bin/python", *choice,
                              "-o", self.home / requirement, project.root)
                self.axle("metadata", "-n", "--no-litter", "--python", f"{VENV}/bin/python", project.root)
                self.assertEqual(state(project.root), before)
                self.assertEqual(sorted(os.listdir(self.home / requirement)),
                                 [project.wheel, project.sdist])


if __name__ == "__main__":
    unittest.main()
