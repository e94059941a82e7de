"""The installed headers: each can be included first and alone, and brings nothing but the standard
library and others of its own.

    AXLE_BUILD=build/dev CMAKE_COMMAND=cmake CXX=g++ python3 tests/install/test_headers.py
"""

import re
import unittest

from installed import COMPILER, ROOT, InstalledTest, run

GUESTS = re.compile(r"/(boost|nlohmann|CLI|toml\+\+|fmt|nettle|doctest)/|/archive(_entry)?\.h")


class Headers(InstalledTest):
    def headers(self):
        return sorted((self.prefix / "include").rglob("*.h*"))

    def test_the_library_has_its_headers_and_no_private_ones(self):
        names = {str(path.relative_to(self.prefix / "include/axle")) for path in self.headers()}
        self.assertLessEqual(
            {"frontend/builder.hpp", "frontend/batch.hpp", "frontend/observer.hpp",
             "frontend/cancellation.hpp", "frontend/build_options.hpp", "frontend/artifact.hpp",
             "frontend/leftovers.hpp", "frontend/output_claims.hpp",
             "frontend/shared_backends.hpp", "ipc/error.hpp", "ipc/outcome.hpp",
             "native_abi.h"}, names)
        private = {"frontend/workshop.hpp", "frontend/backend_process.hpp", "ipc/child_process.hpp",
                   "ipc/json.hpp", "ipc/event_loop.hpp"}
        self.assertFalse(private & names, "private, yet installed")

    def test_each_header_compiles_alone_with_the_standard_library_only(self):
        for header in self.headers():
            with self.subTest(header=header.name):
                language = ["-xc++", "-std=c++23"] if header.suffix == ".hpp" else ["-xc", "-std=c99"]
                name = header.relative_to(self.prefix / "include")
                source = self.folder / "alone.cpp"
                source.write_text(f"#include <{name}>\n#include <{name}>\n")
                listed = self.folder / "included"
                run(COMPILER, *language, "-I", self.prefix / "include", "-fsyntax-only", "-Wall", "-Wextra",
                    "-Wpedantic", "-Werror", "-MD", "-MF", listed, source)
                included = listed.read_text().replace("\\\n", " ").split()[1:]
                self.assertFalse([path for path in included if GUESTS.search(path)])
                strangers = [path for path in included
                             if "axle/" in path and not path.startswith(str(self.prefix / "include"))]
                self.assertFalse(strangers, "of ours, but not from where it is installed")

    def test_a_header_of_the_users_own_cannot_come_in_between(self):
        mine = self.folder / "mine"
        (mine / "frontend").mkdir(parents=True)
        (mine / "frontend/artifact.hpp").write_text("#error taken for a header of axle's\n")
        source = mine / "main.cpp"
        source.write_text("#include <axle/frontend/builder.hpp>\n")
        run(COMPILER, "-std=c++23", "-fsyntax-only", "-I", mine, "-I", self.prefix / "include", source)

    def test_the_code_in_the_documentation_compiles(self):
        page = (ROOT / "docs/library.md").read_text(encoding="utf-8")
        blocks = re.findall(r"```cpp\n(.*?)```", page, re.DOTALL)
        self.assertGreaterEqual(len(blocks), 2)
        source = self.folder / "documentation.cpp"
        source.write_text("".join(blocks))
        run(COMPILER, "-std=c++23", "-fsyntax-only", "-Wall", "-Werror", "-I", self.prefix / "include", source)


if __name__ == "__main__":
    unittest.main()
