"""Several projects in one run, without the daemon: those that need the same share a warm backend.

The backends here are installed, as those of most projects are: in a folder on PYTHONPATH. With
AXLE_TEST_VENV setuptools is one, too.
"""

import json
import os
import resource
import signal
import sys
import textwrap
import unittest
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from axle_program import AxleTest, comm_of, host_of  # noqa: E402
from build_report import build_report  # noqa: E402
from daemon_program import await_end  # noqa: E402
from projects import BACKEND, HELD_UP, PYPROJECT  # noqa: E402

VENV = os.environ.get("AXLE_TEST_VENV")
INSTALLED = PYPROJECT.replace('backend-path = ["."]\n', "").replace("tiny_backend", "installed_backend")
# Runs what the project says in `hook.py`, before the wheel is built.
STEERED = """
    real_build_wheel = build_wheel

    def build_wheel(wheel_directory, *_, **__):
        steps = Path("hook.py")
        if steps.exists():
            exec(steps.read_text(), globals())
        return real_build_wheel(wheel_directory)
"""
POISON = """
import builtins, json, sys
os.environ["LEFT"] = "1"
os.umask(0o77)
os.chdir("/")
sys.path.insert(0, "/poison")
sys.argv.append("poison")
builtins.left = json.left = 1
globals()["METADATA"] = "poison"
raise ValueError("poisoned")
"""
LOOK = """
import builtins, json, sys
mask = os.umask(0)
os.umask(mask)
print("saw", [os.environ.get("LEFT"), mask == %d, os.getcwd(), "/poison" in sys.path, len(sys.argv),
              hasattr(builtins, "left"), hasattr(json, "left"), METADATA.count("poison")])
"""


class SharedBackends(AxleTest):
    def setUp(self):
        super().setUp()
        self.environment["AXLE_DAEMON"] = "0"
        self.backends = self.home / "backends"
        self.backends.mkdir()
        self.install("installed_backend", STEERED)
        self.environment["PYTHONPATH"] = str(self.backends)

    def install(self, name, *hooks):
        text = BACKEND + "".join(map(textwrap.dedent, (self.started.hooks(), *hooks)))
        (self.backends / f"{name}.py").write_text(text)

    def project(self, steps="", pyproject=INSTALLED):
        project = self.tiny_project(pyproject=pyproject)
        if steps:
            project.write("hook.py", steps)
        return project

    def build(self, *words, code=0, **options):
        """The backend's process in each project, and all messages."""
        report = self.home / "report.json"
        status, _, err = self.end(self.start("build", "-nwv", "--report", report, *words, **options))
        self.assertEqual(status, code, err)
        self.assert_nothing_left()
        return self.backend_pids(), err

    def backend_pids(self):
        report = build_report((self.home / "report.json").read_text())
        return [(project["backend"] or {}).get("pid") for project in report["projects"]]

    def roots(self, *projects):
        return [project.root for project in projects]


class Sharing(SharedBackends):
    def test_projects_that_need_the_same_share_one_backend(self):
        pids, err = self.build(*self.roots(*(self.project() for _ in range(3))))
        self.assertEqual(len(set(pids)), 1, pids)
        self.assertEqual(err.count("Starting installed_backend"), 3)

    def test_the_sdist_and_the_wheel_from_it_share_it_too(self):
        report = self.home / "report.json"
        projects = self.project(), self.project()
        self.axle("build", "-n", "--report", report, *self.roots(*projects))
        hooks = [hook for project in build_report(report.read_text())["projects"] for hook in project["hooks"]]
        self.assertEqual([hook["hook"] for hook in hooks], ["build_sdist", "build_wheel"] * 2)
        self.assertEqual(len({hook["backend_pid"] for hook in hooks}), 1)
        self.assertEqual(len({hook["pid"] for hook in hooks}), 4)  # each in a process of its own

    def test_another_backend_and_one_in_the_tree_are_not_shared(self):
        self.install("another_backend")
        another = self.project(pyproject=INSTALLED.replace("installed_", "another_"))
        in_tree = self.project(pyproject=PYPROJECT), self.project(pyproject=PYPROJECT)
        pids, _ = self.build(*self.roots(self.project(), another, *in_tree, self.project()))
        self.assertEqual(pids[0], pids[4])
        self.assertEqual(len(set(pids)), 4, pids)

    def test_hooks_that_are_not_forked_do_not_share(self):
        for isolation in "fresh", "inline":
            with self.subTest(isolation):
                projects = self.project(), self.project()
                pids, _ = self.build("--hook-isolation", isolation, *self.roots(*projects))
                self.assertEqual(len(set(pids)), 2)

    def test_side_by_side_each_has_its_own_and_the_next_takes_what_is_free(self):
        met, go_on = self.home / "met", self.home / "go-on"
        os.mkfifo(met)
        os.mkfifo(go_on)
        held_up = self.project(f"open({str(met)!r}, 'w').close()\nopen({str(go_on)!r}).close()")
        # Each end of `met` waits for the other: both hooks run at the same time.
        quick = self.project(f"open({str(met)!r}).close()"), self.project()
        names = [project.root.rename(project.root.parent / name) for project, name in zip(quick, "ab")]
        report = self.home / "report.json"
        process = self.start("build", "-nw", "-j2", "--report", report, held_up.root, *names)
        self.wait_for_message(process, "b: Built")
        go_on.write_text("")
        self.assertEqual(self.end(process)[0], 0)
        self.assert_nothing_left()
        held, first, second = self.backend_pids()
        self.assertEqual(first, second)
        self.assertNotEqual(held, first)

    def test_each_round_of_reproducible_builds_has_one_backend(self):
        record = self.home / "record"
        steps = f"""
import sys
with open({str(record)!r}, "a") as file:
    print(os.environ["PYTHONHASHSEED"], os.environ["SOURCE_DATE_EPOCH"], os.getppid(), hash("x"), file=file)
"""
        self.install("installed_backend", STEERED, """
            class Fixed(zipfile.ZipInfo):
                def __init__(self, filename="", date_time=None):
                    super().__init__(filename, (2001, 1, 1, 0, 0, 0))

            zipfile.ZipInfo = Fixed
        """)
        projects = self.project(steps), self.project(steps)
        for stamp, project in zip((1111111111, 1222222222), projects):
            for path in project.root.iterdir():
                os.utime(path, (stamp, stamp))
        self.axle("build", "-nw", "--reproducible", *self.roots(*projects))
        lines = [line.split() for line in record.read_text().splitlines()]
        self.assertEqual([line[:2] for line in lines],
                         [["1", "1111111111"], ["2", "1111111111"], ["1", "1222222222"], ["2", "1222222222"]])
        self.assertEqual([lines[0][2:], lines[1][2:]], [lines[2][2:], lines[3][2:]])
        self.assertNotEqual(lines[0][2:], lines[1][2:])

    def test_what_the_backend_read_when_it_was_imported_is_that_of_each_build(self):
        self.install("installed_backend", STEERED, """
            DATE = os.environ.get("SOURCE_DATE_EPOCH")

            def build_wheel(wheel_directory, *_, **__):
                assert DATE == os.environ["SOURCE_DATE_EPOCH"], DATE
                print("dated", DATE, flush=True)
                raise ValueError("enough")
        """)
        projects = self.project(), self.project()
        for stamp, project in zip((1111111111, 1222222222), projects):
            for path in project.root.iterdir():
                os.utime(path, (stamp, stamp))
        _, err = self.build("--reproducible", *self.roots(*projects), code=1)
        self.assertRegex(err, r"(?s)dated 1111111111\n.*dated 1222222222\n")

    def test_a_daemon_that_is_not_to_be_had_makes_no_difference(self):
        (self.home / "run").chmod(0o777)
        folder = self.home / "run" / "axle"
        folder.mkdir()
        folder.chmod(0o777)
        pids, err = self.build(*self.roots(self.project(), self.project()), env={"AXLE_DAEMON": "1"})
        self.assertIn("building without the daemon", err)
        self.assertEqual(len(set(pids)), 1)

    @unittest.skipUnless(VENV, "AXLE_TEST_VENV names no environment with build backends")
    def test_setuptools_builds_the_same_as_alone(self):
        pyproject = ('[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
                     '[project]\nname = "{0}"\nversion = "1.0"\n[tool.setuptools]\npy-modules = ["{0}"]\n')
        roots = []
        for name in "one", "two":
            project = self.project(pyproject=pyproject.format(name))
            project.write(f"{name}.py", "answer = 42\n")
            roots.append(project.root)
        python = "--python", f"{VENV}/bin/python", "--no-litter"
        dated = {"SOURCE_DATE_EPOCH": "1234567890"}
        together, alone = self.home / "together", self.home / "alone"
        pids, _ = self.build(*python, "-o", together, *roots, env=dated)
        self.assertEqual(len(set(pids)), 1)
        for root in roots:
            self.build(*python, "-o", alone, root, env=dated)
        built = sorted(path.name for path in together.iterdir())
        self.assertEqual(len(built), 2)
        for name in built:
            self.assertEqual((together / name).read_bytes(), (alone / name).read_bytes())


class Faults(SharedBackends):
    def test_nothing_of_a_hook_reaches_the_next_project(self):
        mask = os.umask(0)
        os.umask(mask)
        look = self.project(LOOK % mask)
        pids, err = self.build(self.project(POISON).root, look.root, code=1)
        self.assertEqual(len(set(pids)), 1)
        self.assertIn(f"saw [None, True, '{look.root}', False, 1, False, False, 0]\n", err)

    def test_e1_a_backend_that_dies_in_one_build_is_replaced_for_the_next(self):
        kills = self.project(f"import signal\nos.kill({self.parent_of_parent}, signal.SIGKILL)\nsignal.pause()")
        other = self.project()
        pids, err = self.build(self.project().root, kills.root, other.root, code=5)
        self.assertEqual(pids[0], pids[1])
        self.assertNotEqual(pids[1], pids[2])
        self.assertEqual(other.built(), [other.wheel])
        self.assertIn("was killed by SIGKILL", err)

    parent_of_parent = "int(open(f'/proc/{os.getppid()}/stat').read().rpartition(')')[2].split()[1])"

    def test_e1_a_backend_that_dies_while_it_waits_is_replaced(self):
        held_up = self.tiny_project(self.started.hooks(), HELD_UP)
        os.mkfifo(held_up.root / "go-on")
        report = self.home / "report.json"
        process = self.start("build", "-nw", "--report", report, self.project().root, held_up.root,
                             self.project().root)
        [hook] = self.started.wait()
        [waiting] = [pid for pid, name in self.left_processes()
                     if name == "axle-backend" and pid != host_of(hook)]
        os.kill(waiting, signal.SIGKILL)
        await_end(waiting)
        with open(held_up.root / "go-on", "w") as fifo:
            fifo.write("x")
        status, _, err = self.end(process)
        self.assertEqual(status, 0, err)
        self.assert_nothing_left()
        first, _, last = self.backend_pids()
        self.assertEqual(first, waiting)
        self.assertNotEqual(last, waiting)

    def test_j1_limits_that_a_hook_has_lowered_are_not_those_of_the_next_project(self):
        lowers = f"""
import resource
host = {self.parent_of_parent}
for pid in host, os.getppid():
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (100_000, resource.prlimit(pid, resource.RLIMIT_FSIZE)[1]))
"""
        look = "import resource\nprint('limit', resource.getrlimit(resource.RLIMIT_FSIZE), flush=True)"
        pids, err = self.build(*self.roots(self.project(lowers), self.project(look)))
        self.assertNotEqual(*pids)
        self.assertIn(f"limit {resource.getrlimit(resource.RLIMIT_FSIZE)}\n", err)

    def test_j1_nor_those_of_the_next_hook_of_the_same_project(self):
        project = self.tiny_project(f"""
            import resource
            real_build_sdist, real_build_wheel = build_sdist, build_wheel

            def build_sdist(sdist_directory, *_):
                host = {self.parent_of_parent}
                for pid in host, os.getppid():
                    hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)[1]
                    resource.prlimit(pid, resource.RLIMIT_FSIZE, (100_000, hard))
                return real_build_sdist(sdist_directory)

            def build_wheel(wheel_directory, *_, **__):
                print("limit", resource.getrlimit(resource.RLIMIT_FSIZE), flush=True)
                return real_build_wheel(wheel_directory)
        """)
        _, err = self.axle("build", "-nvsw", project.root)
        self.assertIn(f"limit {resource.getrlimit(resource.RLIMIT_FSIZE)}\n", err)
        self.assertIn("has other resource limits than at its start", err)

    def test_j1_limits_of_axle_that_a_hook_has_lowered_are_put_back(self):
        for name in "NOFILE", "FSIZE":
            for own_wheel in "", "raise SystemExit(3)":
                with self.subTest(name, own_wheel=own_wheel):
                    lowers = f"""
import resource
axle = int(open(f"/proc/{{ {self.parent_of_parent} }}/stat").read().rpartition(")")[2].split()[1])
limits = resource.prlimit(axle, resource.RLIMIT_{name})
resource.prlimit(axle, resource.RLIMIT_{name}, (0, limits[1]))
{own_wheel}
"""
                    after = self.project()
                    _, err = self.build(self.project(lowers).root, after.root, code=1 if own_wheel else 0)
                    self.assertEqual(err.count("the limits of axle were lowered"), 1)
                    self.assertIn("were put back", err)
                    self.assertEqual(after.built(), [after.wheel])

    def test_d1_a_time_out_leaves_the_backend_to_the_next(self):
        slow = self.project("import threading\nthreading.Event().wait()")
        after = self.project()
        pids, err = self.build("--timeout", "5", slow.root, after.root, code=6)
        self.assertEqual(after.built(), [after.wheel])
        self.assertEqual(len(set(pids)), 1, err)

    def test_k3_what_waits_ends_with_axle(self):
        for number in signal.SIGINT, signal.SIGTERM, signal.SIGKILL:
            with self.subTest(number.name):
                held_up = self.tiny_project(self.started.hooks(), HELD_UP)
                os.mkfifo(held_up.root / "go-on")
                process = self.start("build", "-nw", self.project().root, held_up.root)
                self.started.wait()
                everyone = [pid for pid, _ in self.left_processes()]
                self.assertEqual([comm_of(pid) for pid in everyone].count("axle-backend"), 2)
                process.send_signal(number)
                status, _, _ = self.end(process)
                self.assertEqual(status, -9 if number == signal.SIGKILL else 128 + number)
                if number == signal.SIGKILL:
                    await_end(*everyone)
                    self.assertEqual(self.left_processes(), [])
                else:
                    self.assert_nothing_left()


if __name__ == "__main__":
    unittest.main()
