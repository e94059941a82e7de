"""What users of other frontends met, tried on axle: what no other file of tests holds.

docs/standards.md lists all of it.
"""

import os
import shutil
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from axle_program import AxleTest  # noqa: E402
from daemon_program import DaemonTest  # noqa: E402

NOT_UTF8 = """
    import sys

    def get_requires_for_build_wheel(config_settings=None):
        sys.stdout.buffer.write(b"caf\\xe9 \\xff\\xfe\\n")
        sys.stdout.flush()
        sys.stderr.buffer.write(b"caf\\xe9\\n")
        return []
"""
# What a backend that thinks it talks to itself does to the streams.
REPLACED_STREAMS = """
    import io, sys

    sys.stdout = io.StringIO()
    print("Backend: Wrote response {'return': 'x'} to /tmp/x")
    real_build_wheel = build_wheel

    def build_wheel(wheel_directory, *_, **__):
        sys.stdout = sys.stderr = sys.__stdout__ = None
        return real_build_wheel(wheel_directory)
"""
CALLED_BY_OTHER_NAMES = """
    real_build_wheel = build_wheel

    def build_wheel(where, settings=None, metadata=None):
        return real_build_wheel(where)

    def get_requires_for_build_wheel(settings):
        return []
"""
SPOILING = """
    import sys

    def get_requires_for_build_wheel(config_settings=None):
        sys.argv.append("spoilt")
        os.environ["SPOILT"] = "1"
        os.chdir("/")
        return []

    real_build_wheel = build_wheel

    def build_wheel(wheel_directory, *_, **__):
        assert "spoilt" not in sys.argv and "SPOILT" not in os.environ and os.path.exists("demo.py")
        return real_build_wheel(wheel_directory)
"""
SETUPTOOLS = {
    "pyproject.toml": '[build-system]\nrequires = ["setuptools"]\n'
                      'build-backend = "setuptools.build_meta"\n'
                      '[project]\nname = "demo"\nversion = "1.0"\n'
                      '[tool.setuptools]\npackages = ["demo"]\n',
    "demo/__init__.py": "answer = 42\n",
}


class PeersDefects(AxleTest):
    def test_metadata_and_verbose_output_that_is_no_text(self):
        root = self.tiny_project(NOT_UTF8).root
        for verbose in ([], ["-v"], ["-vv"]):
            with self.subTest(verbose):
                out, _ = self.axle("metadata", *verbose, cwd=root)
                self.assertIn('"name": "demo"', out)

    def test_a_backend_that_replaces_its_streams(self):
        project = self.tiny_project(REPLACED_STREAMS)
        out, _ = self.axle("build", "-w", cwd=project.root)
        self.assertEqual(out, f"dist/{project.wheel}\n")

    def test_a_backend_whose_parameters_have_other_names(self):
        project = self.tiny_project(CALLED_BY_OTHER_NAMES)
        self.axle("build", "-w", cwd=project.root)
        self.assertEqual(project.built(), [project.wheel])

    def test_what_one_hook_spoils_the_next_does_not_see(self):
        project = self.tiny_project(SPOILING)
        self.axle("build", "-w", cwd=project.root)
        self.assertEqual(project.built(), [project.wheel])

    def test_a_file_that_was_never_made_is_not_claimed(self):
        lie = """
    def build_sdist(*_, **__):
        print("Successfully built nope-1.0.tar.gz")
        return "nope-1.0.tar.gz"
"""
        project = self.tiny_project(lie)
        out, err = self.axle("build", "-s", cwd=project.root, code=7)
        self.assertEqual(out, "")
        self.assertIn("nope-1.0.tar.gz", err)

    def test_a_failure_is_not_silent_where_axle_is(self):
        root = self.tiny_project("def build_wheel(*_, **__): print('said'); raise ValueError('why')").root
        _, err = self.axle("build", "-wq", cwd=root, code=1)
        self.assertIn("| said", err)
        self.assertIn("ValueError: why", err)
        _, err = self.axle("build", "-wqq", cwd=root, code=1)
        self.assertIn("why", err)


class WarmSetuptools(DaemonTest):
    def test_a_warm_setuptools_builds_again_where_build_was_removed(self):
        python = Path(os.environ.get("AXLE_TEST_VENV", "")) / "bin/python"
        if not python.exists():
            self.skipTest("there is no setuptools for it")
        root = self.home / "demo"
        for name, text in SETUPTOOLS.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        for number in range(1, 5):
            if number % 2 == 0:
                shutil.rmtree(root / "build")
            for arguments in (["build", "-w"], ["metadata"]):
                process = self.start(*arguments, "-n", "-p", python, cwd=root)
                status, out, err = self.end(process)
                self.assertEqual((0, True), (status, "demo" in out), err)
            self.assertEqual(self.backend()["leases"], 2 * number)


if __name__ == "__main__":
    unittest.main()
