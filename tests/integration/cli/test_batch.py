"""Several projects on one command line, side by side: each gets its outcome, whatever happens."""

import os
import random
import re
import signal
import sys
import tempfile
import threading
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from axle_program import AxleTest, comm_of, host_of, parent_of, without_daemon  # noqa: E402
from projects import HELD_UP, WAITING, TinyProject  # noqa: E402
from sanitizer import WITHOUT_LEAK_DETECTOR  # noqa: E402

RAISING = "def build_wheel(*_, **__): raise ValueError('not today')"


class BatchTest(AxleTest):
    def project(self, name, *hooks):
        """A project whose folder, distribution and module are called `name`."""
        project = self.tiny_project(*hooks)
        root = project.root.rename(project.root.parent / name)
        project.root = root
        text = (root / "tiny_backend.py").read_text().replace('"demo", "1.0"', f'"{name}", "1.0"')
        project.write("tiny_backend.py", text)
        project.wheel = f"{name}-1.0-py3-none-any.whl"
        return project

    def held_up(self, name, hooks=HELD_UP):
        project = self.project(name, self.started.hooks(), hooks)
        os.mkfifo(project.root / "go-on")
        # Both ends, so that telling does not wait for a hook that is gone.
        project.fifo = os.open(project.root / "go-on", os.O_RDWR)
        self.addCleanup(os.close, project.fifo)
        return project

    def go_on(self, project):
        os.write(project.fifo, b"x")


class Building(BatchTest):
    def test_outcomes_come_in_order_and_lines_bear_their_project(self):
        one, bad = self.project("one"), self.project("bad", RAISING)
        two = self.project("two")
        sources = [one.root, bad.root, "/no/such/project", two.root]
        out, err = self.axle("build", "-nw", "-j4", *sources, code=3)
        self.assertEqual(
            out, f"{one.root}/dist/{one.wheel}\n{two.root}/dist/{two.wheel}\n"
        )
        for line in err.splitlines()[:-1]:
            self.assertRegex(line, r"^(one|bad|project|two):")
        self.assertRegex(err, r"(?m)^one: Built one-1\.0")
        self.assertRegex(err, r"(?m)^bad: error: .*ValueError: not today$")
        self.assertRegex(err, r"(?m)^project: error: .*/no/such/project")
        self.assertRegex(err, r"2 of 4 projects could not be built: project, bad\n$")

    def test_verbose_lines_are_whole(self):
        printing = """
            def get_requires_for_build_wheel(config_settings=None):
                import sys
                for number in range(300):
                    for part in (NAME, " ", str(number), "\\n"):
                        sys.stdout.write(part)
                        sys.stdout.flush()
                return []
        """
        projects = [self.project(name, printing) for name in ("ada", "bob", "cyd")]
        _, err = self.axle("build", "-nw", "-v", "-j3", *(p.root for p in projects))
        for name in ("ada", "bob", "cyd"):
            numbers = re.findall(rf"(?m)^{name}: {name} (\d+)$", err)
            self.assertEqual(numbers, [str(number) for number in range(300)])

    def test_paths_wait_for_those_of_the_projects_before(self):
        slow, quick = self.held_up("slow"), self.project("quick", self.started.hooks(), """
            import atexit
            real_build_wheel = build_wheel
        """)
        reader, writer = os.pipe()
        self.addCleanup(os.close, reader)
        process = self.start("build", "-nw", "-j2", slow.root, quick.root, stdout=writer)
        os.close(writer)
        self.started.wait()
        self.wait_for_message(process, "quick: Built")
        self.go_on(slow)
        status, _, _ = self.end(process)
        self.assertEqual(status, 0)
        self.assertEqual(
            os.read(reader, 65536).decode().splitlines(),
            [f"{slow.root}/dist/{slow.wheel}", f"{quick.root}/dist/{quick.wheel}"],
        )

    def test_k1_200_sources_with_8_slots_are_all_answered_in_order(self):
        with TinyProject() as project, tempfile.TemporaryDirectory() as folder:
            self.axle("build", "-ns", cwd=project.root)
            sdist = (project.root / "dist" / project.sdist).read_bytes()
            sources = [Path(folder, str(number), project.sdist) for number in range(200)]
            for number, source in enumerate(sources):
                source.parent.mkdir()
                source.write_bytes(sdist if number % 10 else b"no sdist")
            out, err = self.axle("build", "-n", "-j8", *sources, code=3)
            good = [source for number, source in enumerate(sources) if number % 10]
            self.assertEqual(
                out.splitlines(), [str(source.parent / project.wheel) for source in good]
            )
            self.assertIn("20 of 200 projects could not be built", err)

    def test_k2_random_kills_leave_exactly_one_outcome_for_each_source(self):
        random.seed(7)
        projects = [self.project(f"p{number:02}", """
            import time
            real_build_wheel = build_wheel

            def build_wheel(wheel_directory, *_, **__):
                end = time.monotonic() + 0.05
                while time.monotonic() < end:
                    pass
                return real_build_wheel(wheel_directory)
        """) for number in range(24)]
        process = self.start("build", "-nw", "-j8", *(p.root for p in projects),
                             env=WITHOUT_LEAK_DETECTOR)
        ended = threading.Event()
        kills = []

        def kill():
            while not ended.wait(random.uniform(0.01, 0.06)):
                ours = [pid for pid, _ in self.left_processes() if pid != process.pid]
                if not ours:
                    continue
                pid = random.choice(ours)
                try:
                    pidfd = os.pidfd_open(pid)
                    if f"AXLE_TEST_MARK={self.mark}".encode() in Path(
                        f"/proc/{pid}/environ"
                    ).read_bytes():
                        kills.append(comm_of(pid))
                        signal.pidfd_send_signal(pidfd, signal.SIGKILL)
                    os.close(pidfd)
                except OSError:
                    pass

        killer = threading.Thread(target=kill)
        killer.start()
        try:
            status, out, err = self.end(process)
        finally:
            ended.set()
            killer.join()
        self.assertGreater(len(kills), 3)
        self.assert_nothing_left()
        built = [f"{p.root}/dist/{p.wheel}" for p in projects if p.built()]
        self.assertEqual(out.splitlines(), built, err)
        for project in projects:
            told = len(re.findall(rf"(?m)^{project.root.name}: (?:Built|error:)", err))
            self.assertEqual(told, 1, (project.root.name, kills, err))
        self.assertEqual(status == 0, len(built) == len(projects), err)

    def test_k6_killing_one_of_the_siblings_leaves_the_others_alone(self):
        victim, other = self.project("victim", self.started.hooks(), WAITING), self.held_up("other")
        later = self.project("later")
        process = self.start("build", "-nw", "-j2", victim.root, other.root, later.root)
        hooks = [self.started.wait()[0], self.started.wait()[0]]
        victims = next(h for h in hooks if os.readlink(f"/proc/{h}/cwd") == str(victim.root))
        os.kill(host_of(victims), signal.SIGKILL)
        self.wait_for_message(process, "victim: error:")
        self.go_on(other)
        status, out, err = self.end(process)
        wheels = [f"{project.root}/dist/{project.wheel}" for project in (other, later)]
        self.assertEqual((status, sorted(out.split())), (5, sorted(wheels)), err)
        self.assertIn("1 of 3 projects could not be built: victim\n", err)
        self.assert_nothing_left()


class Failing(BatchTest):
    def test_fail_fast_cancels_the_others_and_begins_no_more(self):
        bad = self.held_up("bad", """
            def build_wheel(*_, **__):
                with open("go-on") as fifo:
                    fifo.read(1)
                raise ValueError("not today")
        """)
        slow, late = self.project("slow", self.started.hooks(), WAITING), self.project("late")
        process = self.start(
            "build", "-nw", "-j2", "--fail-fast", slow.root, bad.root, late.root
        )
        self.started.wait()
        self.go_on(bad)
        status, out, err = self.end(process)
        self.assertEqual((status, out), (1, ""), err)
        self.assertIn(
            "3 of 3 projects could not be built: bad, slow (cancelled), late (not begun)\n", err
        )
        self.assertIn("slow: error: stopped while running build_wheel: another build failed: bad",
                      err)
        self.assertTrue(err.endswith("not begun: another build failed: bad\n"), err)
        self.assertEqual(late.built(), [])
        self.assert_nothing_left()

    def test_fail_fast_gives_the_others_their_grace(self):
        bad, slow = self.project("bad", RAISING), self.held_up("slow")
        process = self.start(
            "build", "-nw", "-j2", "--fail-fast", "--grace", "1h", slow.root, bad.root
        )
        self.started.wait()
        self.wait_for_message(process, "bad: error:")
        self.go_on(slow)
        status, out, err = self.end(process)
        self.assertEqual((status, out), (1, f"{slow.root}/dist/{slow.wheel}\n"), err)

    def test_fail_fast_one_after_another_begins_no_more(self):
        bad, late = self.project("bad", RAISING), self.project("late")
        out, err = self.axle("build", "-nw", "--fail-fast", bad.root, late.root, code=1)
        self.assertEqual((out, late.built()), ("", []))
        self.assertIn(f"2 of 2 projects could not be built: {bad.root}, {late.root} (not begun)", err)

    def test_two_trees_cannot_make_the_same_artifact(self):
        with TinyProject() as one, TinyProject() as two:
            out = self.home / "out"
            for jobs in ("-j1", "-j2"):
                with self.subTest(jobs):
                    printed, err = self.axle(
                        "build", "-nw", jobs, "-o", out, one.root, two.root, code=2
                    )
                    self.assertEqual(printed, f"{out}/{one.wheel}\n")
                    self.assertIn(f"{one.wheel} is there already", err)
                    self.assertIn("1 of 2 projects could not be built", err)


    def test_what_cannot_be_put_in_place_does_not_claim_the_place(self):
        with TinyProject() as one, TinyProject() as two:
            out = self.home / "out"
            (out / one.wheel / "in the way").mkdir(parents=True)
            _, err = self.axle("build", "-nw", "-o", out, one.root, two.root, code=74)
            self.assertEqual(err.count("error: "), 2, err)
            self.assertNotIn("is there already", err)
            self.assertIn("2 of 2 projects could not be built", err)

    def test_what_follows_jobs_is_a_number_or_a_source(self):
        one = self.project("one")
        os.chdir(one.root.parent)
        self.addCleanup(os.chdir, "/")
        out, _ = self.axle("build", "-nw", "-j", "one")
        self.assertEqual(out, f"one/dist/{one.wheel}\n")
        out, err = self.axle("build", "-nw", "-j", "x", "one", code=2)
        self.assertEqual(out, "")
        self.assertIn('--jobs cannot be "x", and there is no source of that name', err)
        self.assertIn("-j4 is four at once", err)


class Locking(BatchTest):
    @without_daemon
    def test_k4_the_same_project_twice_is_built_one_after_the_other(self):
        project = self.held_up("demo")
        process = self.start("build", "-nw", "-j2", project.root, project.root)
        self.started.wait()
        told = self.wait_for_message(process, "build of this project\n")
        self.assertRegex(told, "waiting for (the other|another) build of this project\n")
        self.assertEqual(len([1 for _, name in self.left_processes() if "backend" in name]), 1)
        self.go_on(project)
        self.started.wait()
        self.go_on(project)
        status, out, err = self.end(process)
        self.assertEqual((status, out), (0, f"{project.root}/dist/{project.wheel}\n" * 2), err)
        self.assert_nothing_left()

    def test_k4_another_axle_waits_and_can_be_stopped(self):
        project = self.held_up("demo")
        first = self.start("build", "-nw", project.root)
        self.started.wait()
        second = self.start("build", "-nw", project.root)
        self.wait_for_message(
            second, f"waiting for another axle (pid {first.pid}) that builds this project\n"
        )
        second.send_signal(signal.SIGINT)
        self.assertEqual(self.end(second)[0], 130)
        self.go_on(project)
        self.assertEqual(self.end(first)[0], 0)
        self.assert_nothing_left()

    def test_k4_another_axle_is_waited_for_as_long_as_a_hook_may_take(self):
        project = self.held_up("demo")
        first = self.start("build", "-nw", project.root)
        self.started.wait()
        second = self.start("build", "-nw", "--timeout", "0.2", project.root)
        status, out, err = self.end(second)
        self.assertEqual((status, out), (6, ""), err)
        self.assertIn(
            f"error: waited 0.2 s for another axle (pid {first.pid}) that builds this project", err
        )
        self.assertIn("a longer --timeout waits longer", err)
        self.go_on(project)
        self.assertEqual(self.end(first)[0], 0)
        self.assert_nothing_left()

    def test_k4_c6_no_hook_inherits_the_lock_and_no_dead_axle_keeps_it(self):
        project = self.project("demo", self.started.hooks(), """
            real_build_wheel = build_wheel

            def build_wheel(wheel_directory, *_, **__):
                tell()
                if "WAIT" in os.environ:
                    import threading
                    threading.Event().wait()
                return real_build_wheel(wheel_directory)
        """)
        first = self.start("build", "-nw", project.root, env={"WAIT": "1"})
        hook = self.started.wait()[0]
        for pid in (hook, parent_of(hook), host_of(hook)):
            for fd in Path(f"/proc/{pid}/fd").iterdir():
                self.assertNotIn("/locks/", os.readlink(fd))
        self.assertTrue(
            any("/locks/" in os.readlink(fd) for fd in Path(f"/proc/{first.pid}/fd").iterdir())
        )
        second = self.start("build", "-nw", project.root)
        self.wait_for_message(second, "waiting for another axle")
        first.kill()
        self.end(first)
        self.assertEqual(self.end(second)[0], 0)

    def test_c6_a_hook_may_build_its_own_project(self):
        project = self.project("demo", """
            real_build_wheel = build_wheel

            def build_wheel(wheel_directory, *_, **__):
                if "NESTED" not in os.environ:
                    import subprocess
                    subprocess.run([os.environ["AXLE"], "build", "-nw", "-o", "nested"],
                                   env={**os.environ, "NESTED": "1"}, check=True)
                return real_build_wheel(wheel_directory)
        """)
        axle = str(Path(os.environ["AXLE_BIN"]) / "axle")
        self.axle("build", "-nw", project.root, env={"AXLE": axle})
        self.assertTrue((project.root / "nested" / project.wheel).is_file())


if __name__ == "__main__":
    unittest.main()
