"""The installed programs work from where they are, also after the folder has moved.

    AXLE_BUILD=build/dev CMAKE_COMMAND=cmake CXX=g++ python3 tests/install/test_programs.py
"""

import os
import unittest

from installed import CMAKE, InstalledTest, run
from projects import TinyProject


class Programs(InstalledTest):
    def test_axle_finds_the_axle_backend_beside_it(self):
        with TinyProject() as project:
            out = run(self.prefix / "bin/axle", "build", "-w", "-q", cwd=project.root,
                      env={"PATH": "/usr/bin:/bin", "HOME": str(self.folder), "AXLE_DAEMON": "0"})
            self.assertEqual(out, "dist/demo-1.0-py3-none-any.whl\n")

    def test_the_licence_comes_along(self):
        self.assertTrue((self.prefix / "share/doc/axle/LICENSE").is_file())

    def test_manual_and_completions_come_along_as_the_program_prints_them(self):
        for place, words in {
            "share/man/man1/axle.1": ["help", "--man"],
            "share/bash-completion/completions/axle": ["completion", "bash"],
            "share/zsh/site-functions/_axle": ["completion", "zsh"],
            "share/fish/vendor_completions.d/axle.fish": ["completion", "fish"],
        }.items():
            with self.subTest(place=place):
                self.assertEqual((self.prefix / place).read_text(encoding="utf-8"),
                                 run(self.prefix / "bin/axle", *words))

    def test_the_programs_can_be_had_without_the_library(self):
        run(CMAKE, "--install", os.environ["AXLE_BUILD"], "--prefix", self.folder / "alone",
            "--component", "programs")
        names = {str(path.relative_to(self.folder / "alone"))
                 for path in (self.folder / "alone").rglob("*") if path.is_file()}
        self.assertLessEqual({"bin/axle", "bin/axle-backend"}, names)
        self.assertFalse([name for name in names if name.startswith(("include", "lib"))])


if __name__ == "__main__":
    unittest.main()
