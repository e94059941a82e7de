"""Completion of axle's command line, asked of the real shells.

    AXLE_BIN=build/dev/bin python3 tests/integration/cli/test_completion.py
"""

import os
import pty
import select
import shlex
import shutil
import subprocess
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent / "support"))

from axle_program import DEADLINE, AxleTest

# What is on the command line before the cursor, and what there is to go on with.
ASKED = {
    "bui": {"build"},
    "build --outd": {"--outdir"},
    "build --color ": {"auto", "always", "never"},
    "build --installer u": {"uv"},
    "build --hook-isolation f": {"forked", "fresh"},
    "build --wheel tre": {"tree"},
    "build sdi": {"sdist-1.0.tar.gz"},
    "build -j tre": {"tree"},
    "build -o sub": {"subfolder"},
    "build --trace not": {"notes.txt"},
    "hook tree get_requires_for_build_w": {"get_requires_for_build_wheel"},
    "hook --installer uv tree build_e": {"build_editable"},
    "env ": {"list", "path", "prune", "clear"},
    "env --older-than 7d pr": {"prune"},
    "env path tre": {"tree"},
    "daemon st": {"start", "stop", "status"},
    "completion ": {"bash", "zsh", "fish"},
    "help req": {"requires"},
}


class Completion(AxleTest):
    def setUp(self):
        super().setUp()
        for folder in ("tree", "subfolder"):
            (self.home / folder).mkdir()
        for file in ("sdist-1.0.tar.gz", "notes.txt"):
            (self.home / file).write_text("")

    def script(self, shell):
        if not shutil.which(shell):
            self.skipTest(f"{shell} is not installed")
        path = self.home / f"axle.{shell}"
        path.write_text(self.axle("completion", shell)[0])
        return path

    def run_shell(self, *words):
        done = subprocess.run(words, capture_output=True, text=True, cwd=self.home, timeout=DEADLINE,
                              env=self.environment, stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def bash(self, script, line):
        words = ["axle", *line.split(" ")]
        out = self.run_shell(
            "bash", "--norc", "-c",
            f"source {script}; compopt() {{ :; }}; COMP_WORDS=({shlex.join(words)}); "
            f"COMP_CWORD={len(words) - 1}; _axle; printf '%s\\n' \"${{COMPREPLY[@]}}\"")
        return set(out.split())

    def test_bash_offers_what_there_is(self):
        script = self.script("bash")
        self.assertIn("_axle axle", self.run_shell("bash", "--norc", "-c", f"source {script}; complete -p axle"))
        for line, offered in ASKED.items():
            with self.subTest(line=line):
                self.assertEqual(self.bash(script, line), offered)

    def test_bash_offers_the_values_of_an_option_with_an_equals_sign(self):
        script = self.script("bash")
        self.assertEqual(self.bash(script, "build --color ="), {"auto", "always", "never"})
        self.assertEqual(self.bash(script, "build --color = al"), {"always"})
        self.assertEqual(self.bash(script, "env --installer = uv pr"), {"prune"})

    def test_bash_offers_every_option_of_the_help(self):
        script = self.script("bash")
        help_text = self.axle("build", "--help")[0]
        offered = self.bash(script, "build --")
        self.assertGreater(len(offered), 20)
        for option in offered:
            self.assertIn(option, help_text)

    def test_fish_offers_what_there_is(self):
        script = self.script("fish")
        for line, offered in ASKED.items():
            with self.subTest(line=line):
                out = self.run_shell("fish", "--no-config", "-c",
                                     f"source {script}; complete -C {shlex.quote('axle ' + line)}")
                found = {text.partition("\t")[0].rstrip("/") for text in out.splitlines()}
                if line == "build -j tre":
                    found &= offered  # fish has files beside it
                self.assertEqual(found, offered)

    def test_zsh_completes_a_line_at_a_terminal(self):
        shell = Zsh(self, self.script("zsh"))
        for line, typed in {
            "bui\t": "build",
            "build --outd\tsub\t": "build --outdir subfolder",
            "build --installer u\t": "build --installer uv",
            "build --color al\ttre\t": "build --color always tree",
            "build sdi\t": "build sdist-1.0.tar.gz",
            "hook tree get_requires_for_build_w\t": "hook tree get_requires_for_build_wheel",
            "env pr\t--older\t7d": "env prune --older-than 7d",
            "env path tre\t": "env path tree",
            "completion z\t": "completion zsh",
            "help req\t": "help requires",
        }.items():
            with self.subTest(line=line):
                # zsh puts "=" behind the name of an option, as it may have its value there.
                self.assertEqual(shell.typed(line).replace("=", " "), typed)
        shell.close()


class Zsh:
    """A zsh at a terminal of its own, in which `axle` prints its arguments."""

    def __init__(self, test, script):
        pid, self.terminal = pty.fork()
        if pid == 0:
            os.chdir(test.home)
            os.execvpe("zsh", ["zsh", "-f", "-i"], {**test.environment, "TERM": "dumb", "PS1": ""})
        self.pid = pid
        test.addCleanup(self.close)
        self.told = ""
        self.send("autoload -U compinit; compinit -u -D; unsetopt prompt_cr; "
                  f"source {script}; axle() {{ print -r -- \"<<$*>>\" }}; print rea''dy\n")
        self.read_until("ready")

    def send(self, text):
        os.write(self.terminal, text.encode())

    def read_until(self, text):
        """What the terminal showed before `text`."""
        deadline = time.monotonic() + DEADLINE
        while text not in self.told:
            if not select.select([self.terminal], [], [], max(0, deadline - time.monotonic()))[0]:
                raise AssertionError(f"zsh does not print {text!r}:\n{self.told}")
            self.told += os.read(self.terminal, 4096).decode(errors="replace")
        before, _, self.told = self.told.partition(text)
        return before

    def typed(self, keys):
        """The arguments of axle after these keys, and Return."""
        self.send("axle " + keys + "\n")
        self.read_until("<<")
        return self.read_until(">>")

    def close(self):
        if self.pid:
            os.close(self.terminal)
            os.waitpid(self.pid, 0)
            self.pid = 0


if __name__ == "__main__":
    unittest.main()
