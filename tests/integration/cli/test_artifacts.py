"""What hooks have made and is not what it claims to be does not reach the output folder."""

import json
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from axle_program import AxleTest  # noqa: E402
from projects import TinyProject  # noqa: E402

# Puts a file into the wheel of which its RECORD knows nothing.
STOWAWAY = """
    real_build_wheel = build_wheel

    def build_wheel(wheel_directory, *_, **__):
        name = real_build_wheel(wheel_directory)
        with zipfile.ZipFile(os.path.join(wheel_directory, name), "a") as wheel:
            wheel.writestr("stowaway.py", "")
        return name
"""
NO_ARCHIVE = """
    def build_wheel(wheel_directory, *_, **__):
        Path(wheel_directory, "demo-1.0-py3-none-any.whl").write_text("no zip")
        return "demo-1.0-py3-none-any.whl"
"""
# The sdist promises a summary, the wheel has another.
BROKEN_PROMISE = """
    METADATA = METADATA.replace("Metadata-Version: 2.1", "Metadata-Version: 2.2")
    if os.path.exists("PKG-INFO"):
        METADATA = METADATA.replace("A demo", "Another")
"""


class Artifacts(AxleTest):
    def test_a_wheel_whose_record_does_not_know_a_file_is_told(self):
        with TinyProject(STOWAWAY) as project:
            out, err = self.axle("build", "-w", cwd=project.root)
            self.assertEqual(out, f"dist/{project.wheel}\n")
            self.assertIn(f"note: {project.wheel} has 'stowaway.py', but not in RECORD", err)
            self.assertEqual(project.built(), [project.wheel])

    def test_a_wheel_of_which_the_whole_path_is_returned_is_taken(self):
        whole = '''
            real_build_wheel = build_wheel

            def build_wheel(wheel_directory, *_, **__):
                return os.path.join(wheel_directory, real_build_wheel(wheel_directory))
        '''
        with TinyProject(whole) as project:
            _, err = self.axle("build", "-wv", cwd=project.root)
            self.assertIn("the hook returned the whole path", err)
            self.assertEqual(project.built(), [project.wheel])

    def test_an_archive_that_is_none_is_told_by_its_name(self):
        with TinyProject(NO_ARCHIVE) as project:
            _, err = self.axle("build", "-w", cwd=project.root, code=7)
            self.assertIn(f"error: {project.wheel} cannot be read as a zip archive", err)

    def test_metadata_needs_no_more_of_a_wheel_than_its_metadata(self):
        bare = '''
            def build_wheel(wheel_directory, *_, **__):
                name = f"demo-{VERSION}-py3-none-any.whl"
                with zipfile.ZipFile(os.path.join(wheel_directory, name), "w") as wheel:
                    wheel.writestr(f"{DIST_INFO}/METADATA", METADATA)
                return name
        '''
        with TinyProject(bare) as project:
            out, _ = self.axle("metadata", cwd=project.root)
            self.assertEqual(json.loads(out)["name"], "demo")
            _, err = self.axle("build", "-w", cwd=project.root, code=7)
            self.assertIn("there is no demo-1.0.dist-info/WHEEL in it", err)

    def test_a_wheel_that_breaks_a_promise_of_its_sdist_is_told(self):
        with TinyProject(BROKEN_PROMISE) as project:
            _, err = self.axle("build", cwd=project.root)
            self.assertIn("the wheel has another Summary than the sdist", err)

    def test_what_an_sdist_lacks_is_told_to_those_who_want_to_know(self):
        with TinyProject() as project:
            _, err = self.axle("build", "-s", cwd=project.root)
            self.assertNotIn("PEP 643", err)
            _, err = self.axle("build", "-sv", cwd=project.root)
            self.assertIn("has metadata of version '2.1', and PEP 643 asks for 2.2", err)

    def test_an_sdist_that_lost_its_build_backend_is_told(self):
        lost = """
            real_build_sdist = build_sdist

            def build_sdist(sdist_directory, config_settings=None):
                os.rename("pyproject.toml", "elsewhere")
                Path("pyproject.toml").write_text("")
                try:
                    return real_build_sdist(sdist_directory)
                finally:
                    os.rename("elsewhere", "pyproject.toml")
        """
        with TinyProject(lost) as project:
            status, _, err = self.end(self.start("build", "--offline", cwd=project.root))
            self.assertNotEqual(status, 0)
            self.assertIn("lacks the pyproject.toml that names tiny_backend", err)


if __name__ == "__main__":
    unittest.main()
