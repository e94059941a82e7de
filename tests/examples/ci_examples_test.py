"""The examples of CI do what they say: their steps run with bash, as the services run them, and
what the service then shows is what was recorded in tests/examples/ci/.

    AXLE_RECORD=1 ... ci_examples_test.py       records anew
"""

import os
import re
import subprocess
import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
EXAMPLES = HERE.parents[1] / "examples/ci"
sys.path.insert(0, str(HERE.parent / "support"))
from axle_program import AxleTest  # noqa: E402
from github_runner import read_log, read_outputs  # noqa: E402

RAISING = '''
    def build_wheel(*_, **__):
        print("::error::not from axle")
        raise ValueError("no wheel today")
'''


def scripts_of(file):
    """The texts of `run: |`, and of the elements `- |` of GitLab, in their order."""
    lines, scripts = iter((EXAMPLES / file).read_text().splitlines()), []
    for line in lines:
        opening = re.fullmatch(r"( *)(?:- )?(?:run: )?\|", line)
        if not opening or not line.strip().startswith(("run:", "- |")):
            continue
        script, depth = [], len(opening[1])
        for line in lines:
            if line.strip() and len(line) - len(line.lstrip()) <= depth:
                break
            script.append(line)
        scripts.append("\n".join(script) + "\n")
    return scripts


class CiExamples(AxleTest):
    def setUp(self):
        super().setUp()
        (self.home / "prefix/bin").mkdir(parents=True)
        for program in ("axle", "axle-backend"):
            (self.home / "prefix/bin" / program).symlink_to(Path(os.environ["AXLE_BIN"]) / program)
        self.summary, self.output = self.home / "summary.md", self.home / "output"

    def play(self, script, workspace, **variables):
        """As `shell: bash` of GitHub does; its exit code, its log, and stdout by itself."""
        ran = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script], cwd=workspace,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=240,
            env={**self.environment, "CI": "true", "AXLE_PREFIX": str(self.home / "prefix"),
                 "OUTDIR": "dist", "OPTIONS": "", **variables})
        self.assert_nothing_left()
        return ran.returncode, ran.stderr, ran.stdout

    def on_github(self, script, workspace, **variables):
        return self.play(script, workspace, GITHUB_ACTIONS="true", GITHUB_WORKSPACE=str(workspace),
                         GITHUB_STEP_SUMMARY=str(self.summary), GITHUB_OUTPUT=str(self.output),
                         **variables)

    def assert_recorded(self, name, text, workspace):
        """That it is as recorded, but for what differs from run to run."""
        for pattern, word in ((re.escape(str(workspace)), "WORKSPACE"),
                              (r"/\S*/axle-project-\w+", "FOLDER"), (r"\b[0-9a-f]{64}\b", "SHA256"),
                              (r"[0-9a-f]{32}", "TOKEN"), (r"[\d.]+ m?s\b", "TIME"),
                              (r"[\d.]+ (?:bytes|KiB)", "SIZE"), (r'"size": ?\d+', '"size": SIZE'),
                              (r"_(start|end):\d+:", r"_\1:TIME:"), (r"line([ =])\d+", r"line\1LINE")):
            text = re.sub(pattern, word, text)
        file = HERE / "ci" / name
        if os.environ.get("AXLE_RECORD"):
            file.write_bytes(text.encode())
        self.assertEqual(text, file.read_bytes().decode())

    def test_the_action_builds_and_tells_what(self):
        workspace = self.tiny_project().root
        _, build = scripts_of("action.yml")
        code, log, _ = self.on_github(build, workspace, SOURCES=".\n")
        self.assertEqual(code, 0, log)
        self.assertEqual([command.name for command in read_log(log)[0]], ["group", "endgroup"])
        self.assert_recorded("github_built_summary.md", self.summary.read_text(), workspace)
        self.assert_recorded("github_built_output.txt", self.output.read_text(), workspace)

        [tell] = scripts_of("github-workflow.yml")
        artifacts = read_outputs(self.output.read_text())["artifacts"]
        if subprocess.run(["sh", "-c", "command -v jq"], capture_output=True).returncode == 0:
            code, _, out = self.play(tell, workspace, ARTIFACTS=artifacts)
            self.assertEqual(code, 0)
            self.assertRegex(out, r"^sdist demo 1.0 sha256:[0-9a-f]{64}\nwheel demo 1.0 sha256:")

    def test_the_action_fails_with_annotations_where_a_project_does(self):
        workspace = self.tiny_project(RAISING).root
        good = self.tiny_project().root
        _, build = scripts_of("action.yml")
        code, log, _ = self.on_github(build, workspace, SOURCES=f".\n{good}", OPTIONS="-w -v")
        self.assertEqual(code, 1, log)
        commands, _ = read_log(log)
        told = "".join(f"{one.name} {one.properties} {one.data}\n" for one in commands)
        self.assert_recorded("github_failed_commands.txt", told, workspace)
        self.assert_recorded("github_failed_summary.md", self.summary.read_text(), workspace)

    def test_the_template_of_gitlab_builds_in_sections(self):
        workspace = self.tiny_project().root
        install, build = scripts_of("gitlab-template.yml")
        (workspace / "dist").mkdir()
        code, log, _ = self.play(install + build, workspace, GITLAB_CI="true", SOURCES=".")
        self.assertEqual(code, 0, log)
        self.assertTrue((workspace / "dist/report.json").exists())
        self.assert_recorded("gitlab_built.log", log, workspace)

    def test_every_script_is_bash(self):
        for file in sorted(EXAMPLES.glob("*.yml")):
            scripts = scripts_of(file.name)
            self.assertTrue(scripts, file)
            for script in scripts:
                ran = subprocess.run(["bash", "-n", "-c", script], capture_output=True, text=True)
                self.assertEqual((ran.returncode, ran.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main()
