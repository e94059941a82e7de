"""What PEP 517, 518 and 660 say of a frontend, seen through the program. docs/standards.md tells which
sentence each test holds.

AXLE_TEST_VENV has the build backends.
"""

import os
import sys
import tarfile
import tempfile
import unittest
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from axle_program import AxleTest  # noqa: E402
from local_wheels import LocalWheels  # noqa: E402
from projects import PYPROJECT, TinyProject  # noqa: E402

VENV = os.environ.get("AXLE_TEST_VENV")
with_backends = unittest.skipUnless(VENV, "AXLE_TEST_VENV names no environment with build backends")

UNSUPPORTED = """
    class UnsupportedOperation(Exception):
        pass

    def build_sdist(sdist_directory, config_settings=None):
        raise UnsupportedOperation("this tree has no version control")
"""


class Standards(AxleTest):
    def test_without_an_sdist_the_wheel_is_built_from_the_tree(self):
        with TinyProject(UNSUPPORTED) as project:
            out, err = self.axle("build", cwd=project.root)
            self.assertEqual(out, f"dist/{project.wheel}\n")
            self.assertEqual(project.built(), [project.wheel])
            self.assertIn("makes no sdist of this source tree (this tree has no version control)", err)

    def test_an_sdist_that_is_asked_for_and_not_supported_is_an_error(self):
        with TinyProject(UNSUPPORTED) as project:
            _, err = self.axle("build", "-s", cwd=project.root, code=1)
            self.assertIn("build_sdist of tiny_backend is not supported", err)
            self.assertIn("this tree has no version control", err)
            self.assertEqual(project.built(), [])

    def test_another_exception_of_build_sdist_is_no_reason_to_build_the_wheel_directly(self):
        raising = UNSUPPORTED.replace("raise UnsupportedOperation", "raise NotImplementedError")
        with TinyProject(raising) as project:
            self.axle("build", cwd=project.root, code=1)
            self.assertEqual(project.built(), [])

    def test_parameters_may_have_any_name(self):
        renamed = """
            real_wheel, real_sdist = build_wheel, build_sdist

            def build_wheel(where, settings=None, metadata=None):
                return real_wheel(where)

            def build_sdist(where, settings=None):
                return real_sdist(where)

            def get_requires_for_build_wheel(settings=None):
                return []

            def prepare_metadata_for_build_wheel(where, settings=None):
                os.mkdir(os.path.join(where, DIST_INFO))
                Path(where, DIST_INFO, "METADATA").write_text(METADATA)
                return DIST_INFO
        """
        with TinyProject(renamed) as project:
            self.axle("build", "-C", "a=b", cwd=project.root)
            self.axle("metadata", "-C", "a=b", cwd=project.root)

    def test_every_hook_has_the_settings(self):
        telling = """
            def _tell(hook, settings):
                with open("told", "a") as file:
                    print(hook, settings, file=file)

            real_wheel, real_sdist, real_editable = build_wheel, build_sdist, build_editable

            def get_requires_for_build_sdist(config_settings=None):
                _tell("get_requires_for_build_sdist", config_settings)
                return []

            def get_requires_for_build_wheel(config_settings=None):
                _tell("get_requires_for_build_wheel", config_settings)
                return []

            def get_requires_for_build_editable(config_settings=None):
                _tell("get_requires_for_build_editable", config_settings)
                return []

            def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
                _tell("prepare_metadata_for_build_wheel", config_settings)
                os.mkdir(os.path.join(metadata_directory, DIST_INFO))
                Path(metadata_directory, DIST_INFO, "METADATA").write_text(METADATA)
                return DIST_INFO

            def build_sdist(sdist_directory, config_settings=None):
                _tell("build_sdist", config_settings)
                return real_sdist(sdist_directory)

            def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
                _tell("build_wheel", config_settings)
                return real_wheel(wheel_directory)

            def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
                _tell("build_editable", config_settings)
                return real_editable(wheel_directory)
        """
        with TinyProject(telling) as project:
            settings = ["-C", "a=1", "-C", "a=2", "-C", " b = c=d"]
            self.axle("build", "-sw", *settings, cwd=project.root)
            self.axle("build", "-e", "-o", "there", *settings, cwd=project.root)
            self.axle("metadata", *settings, cwd=project.root)
            told = (project.root / "told").read_text().splitlines()
            self.assertEqual({line.partition(" ")[2] for line in told},
                             {"{'a': ['1', '2'], ' b ': ' c=d'}"})
            self.assertEqual(
                {line.partition(" ")[0] for line in told},
                {"get_requires_for_build_sdist", "build_sdist", "get_requires_for_build_wheel",
                 "build_wheel", "get_requires_for_build_editable", "build_editable",
                 "prepare_metadata_for_build_wheel"})

    def test_metadata_without_its_hook_is_that_of_a_built_wheel(self):
        with TinyProject() as project:
            out, _ = self.axle("metadata", cwd=project.root)
            self.assertIn('"summary": "A demo"', out)
            self.assertEqual(project.built(), [])

    def test_a_backend_without_a_mandatory_hook_is_told(self):
        with TinyProject("del build_wheel") as project:
            _, err = self.axle("build", "-w", cwd=project.root, code=1)
            self.assertIn("has no hook build_wheel", err)

    def test_an_editable_wheel_needs_its_hook_and_a_folder_of_its_own(self):
        with TinyProject("del build_editable") as project:
            _, err = self.axle("build", "-e", cwd=project.root, code=2)
            self.assertIn("--outdir", err)
            _, err = self.axle("build", "-e", "-o", "there", cwd=project.root, code=1)
            self.assertIn("does not support PEP 660", err)

    def test_the_source_tree_is_not_on_the_path_of_an_installed_backend(self):
        wheels = LocalWheels(self.home / "wheels")
        wheels.add_backend("1.0")
        pyproject = PYPROJECT.replace("[]", '["tiny-backend"]').replace('backend-path = ["."]\n', "")
        with TinyProject("raise ImportError('the one in the tree')", pyproject=pyproject) as project:
            self.axle("build", cwd=project.root, env=wheels.variables())

    def test_the_folders_of_the_backend_path_come_before_what_is_installed(self):
        wheels = LocalWheels(self.home / "wheels")
        wheels.add_backend("1.0")
        own = "\nMETADATA += 'Keywords: in-tree\\n'\n"
        with TinyProject(own, pyproject=PYPROJECT.replace("[]", '["tiny-backend"]')) as project:
            self.axle("build", "-w", cwd=project.root, env=wheels.variables())
            with zipfile.ZipFile(project.root / "dist" / project.wheel) as wheel:
                self.assertIn(b"in-tree", wheel.read("demo-1.0.dist-info/METADATA"))

    def test_get_requires_has_requires_and_the_build_has_both(self):
        wheels = LocalWheels(self.home / "wheels")
        wheels.add_backend("1.0")
        wheels.add_sdist("extra", "def before(): pass")
        asking = """
            from importlib.metadata import distributions

            def installed():
                return sorted(found.metadata["Name"] for found in distributions())

            def get_requires_for_build_wheel(config_settings=None):
                assert installed() == ["tiny_backend"], installed()
                return ["extra"]

            real_wheel = build_wheel

            def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
                assert installed() == ["extra", "tiny_backend"], installed()
                return real_wheel(wheel_directory)
        """
        with TinyProject(asking, pyproject=PYPROJECT.replace("[]", '["tiny-backend"]')) as project:
            self.axle("build", "-w", cwd=project.root, env=wheels.variables())

    def test_a_project_that_needs_itself_is_told_of_the_cycle(self):
        wheels = LocalWheels(self.home / "wheels")
        with TinyProject(pyproject=PYPROJECT.replace("[]", '["Demo"]')) as project:
            _, err = self.axle("build", cwd=project.root, env=wheels.variables(), code=4)
            self.assertIn("demo needs itself to be built ('Demo')", err)
        asking = "\ndef get_requires_for_build_sdist(_=None): return ['demo>=1']\n"
        with TinyProject(asking) as project:
            _, err = self.axle("build", cwd=project.root, env=wheels.variables(), code=4)
            self.assertIn("demo needs itself to be built ('demo>=1')", err)

    def test_a_cycle_of_requirements_without_wheels_is_told(self):
        wheels = LocalWheels(self.home / "wheels")
        for name, needed in (("one", "two"), ("two", "one")):
            wheels.add_sdist(name, f"def get_requires_for_build_wheel(_=None): return ['{needed}']\n"
                                   "def before(): pass")
        for installer in ("pip", "uv"):
            with self.subTest(installer=installer), \
                 TinyProject(pyproject=PYPROJECT.replace("[]", '["one"]')) as project:
                if installer == "uv" and "UV" not in wheels.variables():
                    self.skipTest("there is no uv")
                _, err = self.axle("build", "--installer", installer, cwd=project.root,
                                   env=wheels.variables(), code=4)
                self.assertIn("needs itself to be built", err)


@with_backends
class Legacy(AxleTest):
    """Projects of old, with the setuptools of AXLE_TEST_VENV."""

    def build(self, files, *arguments, **options):
        with tempfile.TemporaryDirectory(prefix="axle-project-") as folder:
            root = Path(folder) / "legacy"
            root.mkdir()
            for name, text in files.items():
                (root / name).write_text(text)
            self.axle("build", "-n", "--python", f"{VENV}/bin/python", "-o", self.home / "out",
                      *arguments, root, **options)
        return sorted(path.name for path in (self.home / "out").iterdir())

    def test_a_project_with_nothing_but_a_setup_py(self):
        # It imports its neighbour, as scripts that are run in their folder may.
        files = {"setup.py": "import setuptools, neighbour\n"
                             "setuptools.setup(name='legacy', version=neighbour.version,"
                             " py_modules=['neighbour'])\n",
                 "neighbour.py": "version = '1.5'\n"}
        self.assertEqual(self.build(files), ["legacy-1.5-py3-none-any.whl", "legacy-1.5.tar.gz"])
        with tarfile.open(self.home / "out" / "legacy-1.5.tar.gz") as sdist:
            self.assertIn("legacy-1.5/PKG-INFO", sdist.getnames())

    def test_a_project_with_nothing_but_a_setup_cfg(self):
        files = {"setup.cfg": "[metadata]\nname = legacy\nversion = 2\n[options]\npy_modules = it\n",
                 "it.py": ""}
        self.assertEqual(self.build(files), ["legacy-2-py3-none-any.whl", "legacy-2.tar.gz"])

    def test_a_pyproject_without_a_build_system(self):
        files = {"pyproject.toml": "[project]\nname = 'legacy'\nversion = '3'\n"
                                   "[tool.setuptools]\npy-modules = ['it']\n",
                 "it.py": ""}
        self.assertEqual(self.build(files), ["legacy-3-py3-none-any.whl", "legacy-3.tar.gz"])


if __name__ == "__main__":
    unittest.main()
