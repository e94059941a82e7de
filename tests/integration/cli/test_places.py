"""Folders that are other folders: whatever name an output folder comes under, nothing in a source
tree is lost."""

import json
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from axle_program import AxleTest  # noqa: E402
from projects import TinyProject  # noqa: E402

METADATA_HOOK = """
    def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
        folder = Path(metadata_directory, DIST_INFO)
        folder.mkdir()
        (folder / "METADATA").write_text(METADATA)
        return folder.name
"""


def content(tree):
    """Every file of the project itself, with its text."""
    return {str(path.relative_to(tree)): path.read_bytes() for path in Path(tree).rglob("*")
            if path.is_file() and path.suffix in (".py", ".toml")}


class Aliases(AxleTest):
    def aliases(self, tree):
        link = self.home / "link"
        link.symlink_to(tree)
        return [str(tree), f"{tree}/../{tree.name}", f"{tree}/.", str(link)]

    def test_n3_the_folder_of_metadata_is_the_project_under_another_name(self):
        with TinyProject(METADATA_HOOK) as project:
            tree = project.root
            before = content(tree)
            self.assertIn("pyproject.toml", before)
            for alias in self.aliases(tree):
                with self.subTest(alias):
                    kwargs = json.dumps({"metadata_directory": alias})
                    out, _ = self.axle("hook", tree, "prepare_metadata_for_build_wheel",
                                       "--kwargs", kwargs)
                    self.assertEqual({"return": "demo-1.0.dist-info"}, json.loads(out))
                    self.assertEqual(before, content(tree))
                    (tree / "demo-1.0.dist-info" / "METADATA").unlink()
                    (tree / "demo-1.0.dist-info").rmdir()

    def test_n3_the_output_folder_is_the_project_under_another_name(self):
        with TinyProject(METADATA_HOOK) as project:
            tree = project.root
            before = content(tree)
            for alias in self.aliases(tree):
                with self.subTest(alias):
                    self.axle("build", tree, "--outdir", alias)
                    self.axle("metadata", tree)
                    self.assertEqual(before, content(tree))
                    for artifact in ("demo-1.0.tar.gz", "demo-1.0-py3-none-any.whl"):
                        (tree / artifact).unlink()


if __name__ == "__main__":
    unittest.main()
