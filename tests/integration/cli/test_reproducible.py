"""--reproducible: everything is built twice, and what differs is explained."""

import os
import subprocess
import sys
import tarfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from axle_program import AxleTest  # noqa: E402
from projects import TinyProject  # noqa: E402

# The wheel has what the environment says; zip files have a time for each member.
TELLING = """
    real_write_wheel = write_wheel

    class Fixed(zipfile.ZipInfo):
        def __init__(self, filename="", date_time=None):
            super().__init__(filename, (2001, 1, 1, 0, 0, 0))

    zipfile.ZipInfo = Fixed

    def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
        return real_write_wheel(wheel_directory, {"told.py": told()})
"""


class Reproducible(AxleTest):
    def git(self, root, *arguments):
        env = {**self.environment, "GIT_COMMITTER_DATE": "1234567890 +0000",
               "GIT_AUTHOR_DATE": "1234567890 +0000", "GIT_CONFIG_GLOBAL": "/dev/null"}
        subprocess.run(["git", "-C", root, "-c", "user.name=a", "-c", "user.email=a@b", *arguments],
                       env=env, check=True, capture_output=True, timeout=60)

    def text_of(self, project, **options):
        import zipfile
        self.axle("build", "-w", "--reproducible", cwd=project.root, **options)
        with zipfile.ZipFile(project.root / "dist" / project.wheel) as wheel:
            return wheel.read("told.py").decode()

    def test_the_date_is_that_of_the_caller_or_of_git_or_of_the_newest_file(self):
        with TinyProject(TELLING, "\ndef told(): return os.environ['SOURCE_DATE_EPOCH']\n") as project:
            for path in project.root.iterdir():
                os.utime(path, (1111111111, 1111111111))
            self.assertEqual(self.text_of(project, env={"SOURCE_DATE_EPOCH": "1600000000"}), "1600000000")
            for path in [*project.root.iterdir(), *(project.root / "dist").iterdir()]:
                os.utime(path, (1111111111, 1111111111))
            self.assertEqual(self.text_of(project), "1111111111")
            self.git(project.root, "init", "-q")
            self.git(project.root, "add", "demo.py")
            self.git(project.root, "commit", "-qm", "first")
            self.assertEqual(self.text_of(project), "1234567890")

    def test_a_build_that_depends_on_hashes_is_not_reproducible(self):
        with TinyProject(TELLING, "\ndef told(): return str(hash('x'))\n") as project:
            out, err = self.axle("build", "-w", "--reproducible", cwd=project.root, code=7)
            self.assertIn("told.py has other contents from byte", err)
            self.assertIn("RECORD has other contents", err)
            self.assertEqual(project.built(), [project.wheel])  # the first one stays
            self.assertEqual(out, f"dist/{project.wheel}\n")
            self.axle("build", "-w", "--reproducible", cwd=project.root, env={"PYTHONHASHSEED": "7"})

    def test_a_build_that_depends_on_its_folder_is_not_reproducible(self):
        with TinyProject(TELLING, "\ndef told(): return os.getcwd()\n") as project:
            self.axle("build", "-w", "--reproducible", cwd=project.root, code=7)

    def test_times_order_and_the_header_of_gzip_are_explained(self):
        packing = '''
            import gzip

            def build_sdist(sdist_directory, config_settings=None):
                second = os.environ["PYTHONHASHSEED"] == "2"
                kind = Path("kind").read_text()
                name = f"{NAME}-{VERSION}"
                members = [("PKG-INFO", METADATA), ("a", "a"), ("b", "b")]
                if kind == "order" and second:
                    members.reverse()
                if kind == "missing" and second:
                    members.pop()
                path = os.path.join(sdist_directory, name + ".tar.gz")
                stamp = 5 if kind == "gzip" and second else 4
                with gzip.GzipFile(path, "wb", mtime=stamp) as packed, \\
                     tarfile.open(fileobj=packed, mode="w") as sdist:
                    for file, text in members:
                        info = tarfile.TarInfo(f"{name}/{file}")
                        info.size = len(text)
                        info.mtime = 86400 if kind == "times" and second else 0
                        info.mode = 0o755 if kind == "modes" and second else 0o644
                        sdist.addfile(info, io.BytesIO(text.encode()))
                return name + ".tar.gz"
        '''
        told = {"times": "demo-1.0/a has other times: 1970-01-01 00:00:00 UTC and 1970-01-02 00:00:00 UTC",
                "modes": "demo-1.0/a has other modes: 644 and 755",
                "order": "the same members are in another order",
                "missing": "demo-1.0/b is in the first build only",
                "gzip": "the time in the header of gzip is another"}
        with TinyProject(packing) as project:
            for kind, expected in told.items():
                with self.subTest(kind):
                    project.write("kind", kind)
                    _, err = self.axle("build", "-s", "--reproducible", cwd=project.root, code=7)
                    self.assertIn(expected, err)
            project.write("kind", "none")
            _, err = self.axle("build", "-s", "--reproducible", cwd=project.root)
            self.assertIn("byte for byte the same", err)

    def test_an_editable_is_not_built_twice(self):
        with TinyProject() as project:
            _, err = self.axle("build", "-e", "--reproducible", "-o", "x", cwd=project.root, code=2)
            self.assertIn("--reproducible", err)


if __name__ == "__main__":
    unittest.main()
