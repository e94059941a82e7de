"""The hook process of the warm interpreter (backend/python/hook_call.py): what a hook finds in it,
and what it may do to it.

    python3 tests/unit/backend/test_hook_process.py [-v] [Class.test_name]

Ids such as A4 in the names of tests are those of the faults that they inject.
"""

import json
import os
import pathlib
import signal
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from zygote_driver import Case, OneBackend


class CallingTest(OneBackend):
    SOURCE = """
    def build_wheel(folder, settings=None, metadata="none given", **named):
        return [folder, settings, metadata, named]
    def build_editable(wheel_directory):
        return wheel_directory
    def build_sdist(folder, config_settings):
        return [folder, config_settings]
    def prepare_metadata_for_build_wheel(where, /, *rest, **named): return [where, rest, named]
    def get_requires_for_build_wheel(settings=None): return [settings]
    def get_requires_for_build_sdist(): return []
    def other(*positional, **named): return [positional, named]
    def __getattr__(name):
        if name == "exits": raise SystemExit("by __getattr__")
        if name == "computed": return lambda: "computed"
        raise AttributeError(name)
    def _private(): return 1
    """

    def test_hooks_are_called_by_position(self):
        both = {"wheel_directory": "/w", "config_settings": {"k": ["v"]}}
        self.assertEqual(
            self.call("build_wheel", both), {"return": ["/w", {"k": ["v"]}, "none given", {}]}
        )
        self.assertEqual(
            self.call("build_wheel", {**both, "metadata_directory": "/m"}),
            {"return": ["/w", {"k": ["v"]}, "/m", {}]},
        )
        self.assertEqual(self.call("build_editable", {"wheel_directory": "/w"}), {"return": "/w"})
        self.assertEqual(
            self.call("prepare_metadata_for_build_wheel", {"metadata_directory": "/m"}),
            {"return": ["/m", [], {}]},
        )
        self.assertEqual(
            self.call("get_requires_for_build_wheel", {"config_settings": None}), {"return": [None]}
        )
        self.assertEqual(self.call("get_requires_for_build_sdist"), {"return": []})

    def test_a_gap_is_filled_with_none(self):
        kwargs = {"wheel_directory": "/w", "metadata_directory": "/m"}
        self.assertEqual(self.call("build_wheel", kwargs), {"return": ["/w", None, "/m", {}]})

    def test_unknown_arguments_go_by_name(self):
        self.assertEqual(
            self.call("build_wheel", {"wheel_directory": "/w", "more": 1}),
            {"return": ["/w", None, "none given", {"more": 1}]},
        )
        self.assertEqual(self.call("other", {"b": 1, "a": 2}), {"return": [[], {"b": 1, "a": 2}]})

    def test_a_missing_argument_is_pythons_own_type_error(self):
        answer = self.call("build_editable", {"config_settings": None})
        self.assertEqual(answer["exc_type"], "TypeError")
        self.assertIn("build_editable()", answer["exc_msg"])
        for kwargs in ({}, {"config_settings": {}}, {"metadata_directory": "/m"}):
            answer = self.call("build_wheel", kwargs)
            self.assertIn("missing 1 required positional argument: 'folder'", answer["exc_msg"])
        answer = self.call("build_sdist", {"sdist_directory": "/s"})
        self.assertIn("'config_settings'", answer["exc_msg"])

    def test_a9_a_missing_hook_is_told_as_pyproject_api_does(self):
        path = os.path.join(self.shared, "backend.py")
        text = "<module 'backend' from %r> has no attribute 'absent'" % path
        answer = self.failure("absent", "MissingCommand", text)
        self.assertIs(answer["x_missing"], True)
        self.assertNotIn("x_traceback", answer)

    def test_a9_names_with_an_underscore_are_missing(self):
        for name in ("_private", "__getattr__", "_exit"):
            self.failure(name, "MissingCommand")

    def test_a9_a_getattr_that_raises_is_an_ordinary_failure(self):
        answer = self.failure("exits", "SystemExit", "by __getattr__")
        self.assertNotIn("x_missing", answer)
        self.assertEqual(self.call("computed"), {"return": "computed"})

    def test_a_megabyte_of_arguments_arrives(self):
        settings = {"key%d" % number: "v" * 1000 for number in range(1100)}
        answer = self.call("get_requires_for_build_wheel", {"config_settings": settings})
        self.assertEqual(answer, {"return": [settings]})


class DyingTest(Case):
    SOURCE = """
    import ctypes, os, signal, sys, threading
    def leave(code):
        print("before")
        os._exit(code)
    def crash(number):
        print("before", end="")
        os.kill(os.getpid(), number)
    def replace(): os.execv("/bin/sh", ["sh", "-c", "exit 5"])
    def kill_all(): os.kill(0, signal.SIGKILL)
    def linger(path):
        import atexit
        atexit.register(signal.pause)
        return "answered"
    def thread():
        threading.Thread(target=signal.pthread_sigmask and threading.Event().wait).start()
        return "answered"
    def limit():
        import resource
        resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        with open("large", "wb") as file: file.write(b"x" * 100)
    def read_limit():
        import resource
        return resource.getrlimit(resource.RLIMIT_FSIZE)[0]
    def ok(): return "ok"
    """

    def setUp(self):
        super().setUp()
        self.the_host = self.started(self.SOURCE)

    def die(self, cmd, kwargs=None):
        """The wait status of a hook that does not answer."""
        hook = self.the_host.begin(cmd, kwargs)
        status = hook.reap()
        self.assertEqual(hook.rest(), b"")
        hook.close()
        self.assertEqual(self.the_host.call("ok"), {"return": "ok"})
        return status

    def test_b1_exit_without_an_answer(self):
        self.assertEqual(os.WEXITSTATUS(self.die("leave", {"code": 0})), 0)
        self.assertEqual(os.WEXITSTATUS(self.die("leave", {"code": 7})), 7)
        self.assertEqual(self.the_host.output(), "before\n" * 2)

    def test_b2_death_by_a_signal(self):
        for name in ("SIGSEGV", "SIGBUS", "SIGILL", "SIGFPE", "SIGABRT", "SIGKILL", "SIGTERM"):
            with self.subTest(name=name):
                number = int(getattr(signal, name))
                self.assertEqual(os.WTERMSIG(self.die("crash", {"number": number})), number)
        self.assertIn("Segmentation fault", self.the_host.errors())
        self.assertIn("in crash", self.the_host.errors())

    def test_b6_another_program_in_its_place(self):
        self.assertEqual(os.WEXITSTATUS(self.die("replace")), 5)

    def test_b7_its_group_is_its_own(self):
        self.assertEqual(os.WTERMSIG(self.die("kill_all")), signal.SIGKILL)

    def test_b8_the_answer_comes_before_threads_and_exit_handlers_end(self):
        for cmd, kwargs in (("linger", {"path": ""}), ("thread", {})):
            with self.subTest(cmd=cmd):
                hook = self.the_host.begin(cmd, kwargs)
                self.assertEqual(hook.answer(), {"return": "answered"})
                os.kill(hook.pid, signal.SIGKILL)
                self.assertEqual(os.WTERMSIG(hook.reap()), signal.SIGKILL)

    def test_b9_limits_do_not_reach_the_next_hook(self):
        limit = self.the_host.call("read_limit")
        self.assertEqual(os.WTERMSIG(self.die("limit")), signal.SIGXFSZ)
        self.assertEqual(self.the_host.call("read_limit"), limit)


class ChannelTest(OneBackend):
    SOURCE = """
    import atexit, builtins, io, json, os, resource, signal, sys, threading

    def replace_streams():
        sys.stdout = sys.stderr = io.StringIO()
        return 1
    def drop_streams():
        sys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = None
        return 2
    def delete_streams():
        del sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__
        return 3
    def close_streams():
        sys.stdout.close()
        sys.stderr.close()
        return 4
    def close_fds():
        print("unfinished", end="")
        os.close(1)
        os.close(2)
        return 5
    def null_fds():
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        return 6

    def close_low():
        os.closerange(0, 256)
        return "low"
    def close_all():
        os.closerange(3, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
        return "all"
    def close_all_later():
        import time
        time.sleep(0.3)
        return close_all()
    def overwrite_all():
        null = os.open(os.devnull, os.O_WRONLY)
        for name in os.listdir("/proc/self/fd"):
            if int(name) > 2 and int(name) != null: os.dup2(null, int(name))
        return "all"
    def lose_all():
        os.closerange(0, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
        raise ValueError("lost")

    def read_stdin(): return [sys.stdin.read(), os.read(0, 10).decode()]
    def child_reads_stdin():
        import subprocess
        return subprocess.run(["cat"], stdout=subprocess.PIPE).stdout.decode()

    def fork_twice(code=None):
        pid = os.fork()
        if pid == 0:
            print("from the copy")
            if code is None: return "the copy"
            raise SystemExit(code)
        return os.waitpid(pid, 0)[1]

    def break_all():
        def broken(*arguments, **named): raise SystemExit("broken")
        json.JSONEncoder.default = lambda self, value: "patched"
        json.JSONEncoder.encode = json.JSONEncoder.iterencode = json.dumps = broken
        for name in ("write", "open", "fstat", "getpid", "close", "_exit"):
            setattr(os, name, broken)
        sys.setrecursionlimit(150)
        sys.modules.clear()
        names = [name for name in vars(builtins) if name.islower() and not name.startswith("_")]
        namespace = vars(builtins)
        for name in names: namespace[name] = None
        return "unbroken"
    def break_encoder():
        json.JSONEncoder.default = lambda self, value: "patched"
        return {1}

    def alarms():
        def raises(*_): raise ValueError("late")
        signal.signal(signal.SIGALRM, raises)
        signal.setitimer(signal.ITIMER_REAL, 0.0001, 0.0001)
        try:
            while True: pass
        except ValueError:
            return "through"

    def change_all():
        os.umask(0o777)
        os.chdir("/")
        os.environ["CHANGED"] = "1"
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        sys.argv[:] = ["x"]
        sys.path.append("/x")
        sys.modules["changed"] = sys
        builtins.changed = True
    def look():
        mask = os.umask(0)
        numbers = (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT)
        handlers = [str(signal.getsignal(number)) for number in numbers]
        return [mask, os.getcwd(), dict(os.environ), handlers, sys.argv, sys.path,
                "changed" in sys.modules, hasattr(builtins, "changed"), os.getsid(0) == os.getpid()]
    def handlers():
        return [signal.getsignal(signal.SIGINT) is signal.default_int_handler,
                signal.getsignal(signal.SIGTERM) == signal.SIG_DFL,
                sorted(signal.pthread_sigmask(signal.SIG_BLOCK, []))]
    def open_fds():
        folder = "/proc/self/fd/"
        return sorted(int(fd) for fd in os.listdir(folder) if os.path.exists(folder + fd))
    """

    def test_d2_streams_that_are_replaced_or_closed(self):
        names = ("replace", "drop", "delete", "close")
        for number, name in enumerate(names, 1):
            with self.subTest(name=name):
                self.assertEqual(self.call(name + "_streams"), {"return": number})
        self.assertEqual(self.call("close_fds"), {"return": 5})
        self.assertEqual(self.call("null_fds"), {"return": 6})

    def test_d3_descriptors_that_are_closed(self):
        self.assertEqual(self.call("close_low"), {"return": "low"})
        self.assertEqual(self.call("close_all"), {"return": "all"})
        self.assertEqual(self.call("overwrite_all"), {"return": "all"})
        self.failure("lose_all", "ValueError", "lost")

    def test_d3_a_pipe_that_cannot_be_opened_again_is_no_answer(self):
        # Only hooks in the interpreter itself open it where the host says.
        other = os.path.join(self.folder, "other")
        pathlib.Path(other).write_text("")
        for path in (other, "/proc/0/fd/0", "\0", None, 7):
            with self.subTest(path=path):
                host = self.started(self.SOURCE, "fresh")
                hook = host.begin("close_all", reply=path)
                self.assertEqual(os.WEXITSTATUS(host.wait()), 1)
                self.assertEqual(hook.rest(), b"")
                hook.close()
        self.assertEqual(pathlib.Path(other).read_text(), "")

    def test_d3_the_host_may_reap_too_early(self):
        """The pipe stays where the hook can open it until the hook has ended."""
        hook = self.the_host.begin("close_all_later")
        self.assertEqual(hook.reap(), 0)
        self.assertEqual(json.loads(hook.rest().decode()), {"return": "all"})
        hook.close()

    def test_d4_stdin_is_empty(self):
        self.assertEqual(self.call("read_stdin"), {"return": ["", ""]})
        self.assertEqual(self.call("child_reads_stdin"), {"return": ""})

    def test_d5_only_the_first_of_two_copies_answers(self):
        for code, status in ((None, 0), (3, 3), ("text", 1)):
            with self.subTest(code=code):
                hook = self.the_host.begin("fork_twice", {"code": code})
                self.assertEqual(hook.answer(), {"return": status << 8})
                self.assertEqual(hook.reap(), 0)
                self.assertEqual(hook.rest(), b"")
                hook.close()
        self.assertEqual(self.the_host.output().count("from the copy\n"), 3)

    def test_d2_a_hook_that_breaks_python_is_answered(self):
        self.assertEqual(self.call("break_all"), {"return": "unbroken"})
        self.failure("break_encoder", "TypeError")

    def test_l4_timers_do_not_disturb_the_answer(self):
        for _ in range(20):
            answer = self.call("alarms")
            # The next alarm may hit the hook between its except and its return.
            self.assertIn(answer.get("return", answer.get("exc_msg")), ("through", "late"))

    def test_d10_the_next_hook_sees_nothing(self):
        before = self.call("look")
        self.assertEqual(self.call("change_all"), {"return": None})
        self.assertEqual(self.call("look"), before)
        self.assertEqual(before["return"][1], self.shared)

    def test_hooks_start_with_ordinary_signals(self):
        self.assertEqual(self.call("handlers"), {"return": [True, True, []]})

    def test_g8_descriptors_of_ours_are_out_of_the_way(self):
        fds = self.call("open_fds")["return"]
        self.assertEqual([fd for fd in fds if fd < 512], [0, 1, 2])
        self.assertLessEqual(len(fds), 5)  # the reply, and the copy of stderr for faulthandler


class SettingTest(Case):
    SOURCE = """
    import ctypes, os, random, sys, tempfile, time
    tempfile.tempdir = "/"  # what an import kept
    def look(names=()):
        mask = os.umask(0)
        return [mask, os.getcwd(), {name: os.environ.get(name) for name in names}]
    def environment(): return dict(os.environ)
    def c_environment():
        libc = ctypes.CDLL(None)
        libc.getenv.restype = ctypes.c_char_p
        return [(libc.getenv(name) or b"").decode() for name in (b"ONLY", b"PYTHONPATH", b"LANG")]
    def zone(): return time.tzname[0]
    def temporary(): return tempfile.gettempdir()
    def number(): return random.random()
    """

    def setUp(self):
        super().setUp()
        self.the_host = self.started(self.SOURCE, TZ="UTC")

    def test_umask_folder_and_environment_are_the_callers(self):
        call = self.the_host.call
        before = call("look")["return"]
        self.assertEqual(before[1], self.cwd)
        request = {"umask": 0o027, "cwd": self.folder, "env": {"A": "\u00e9"}}
        self.assertEqual(
            call("look", {"names": ["A", "LANG"]}, **request),
            {"return": [0o027, self.folder, {"A": "\u00e9", "LANG": None}]},
        )
        self.assertEqual(call("look", umask=0)["return"][0], 0)
        self.assertEqual(call("look")["return"], before)

    def test_the_environment_of_c_is_replaced_too(self):
        answer = self.the_host.call("c_environment", env={"ONLY": "this"})
        self.assertEqual(answer, {"return": ["this", "", ""]})

    def test_time_zone_and_temporary_folder_follow_the_environment(self):
        env = {"TZ": "XYZ-3", "TMPDIR": self.folder}
        self.assertEqual(self.the_host.call("zone", env=env), {"return": "XYZ"})
        self.assertEqual(self.the_host.call("temporary", env=env), {"return": self.folder})

    def test_a_huge_environment_arrives(self):
        env = {"NAME%d" % number: "v" * 1000 for number in range(2000)}
        env["LC_CTYPE"] = "C.UTF-8"
        self.assertEqual(self.the_host.call("environment", env=env), {"return": env})

    def test_i2_bytes_that_are_not_utf8_stay(self):
        folder = os.fsencode(self.folder) + b"/\xff\nfolder"
        os.mkdir(folder)
        name = os.fsdecode(folder)
        hook = self.the_host.begin("look", cwd=name)
        self.assertEqual(hook.answer()["return"][1], name)
        self.assertEqual(hook.reap(), 0)
        answer = self.the_host.call("zone", env={"NAME": "\udcff", "TZ": "UTC"}, cwd=name)
        self.assertEqual(answer, {"return": "UTC"})

    def test_i6_a_folder_that_is_gone_is_told(self):
        answer = self.the_host.call("look", cwd="/not/there")
        self.assertEqual(answer["exc_type"], "FileNotFoundError")
        self.assertIn("/not/there", answer["exc_msg"])

    def test_an_impossible_environment_is_told(self):
        answer = self.the_host.call("look", env={"A": "\0"})
        self.assertEqual(answer["exc_type"], "ValueError")

    def test_every_hook_has_its_own_random_numbers(self):
        numbers = [self.the_host.call("number")["return"] for _ in range(3)]
        self.assertEqual(len(set(numbers)), 3)


class OutputTest(Case):
    def test_d9_no_character_is_a_failure(self):
        host = self.started(
            """
            import sys
            print("import \\u00e9")
            def hook():
                print("out \\u00e9 \\U0001f600 \\udcff")
                print("err \\u00e9", file=sys.stderr)
                return "\\u00e9"
            """,
            PYTHONIOENCODING="ascii",
        )
        self.assertEqual(host.call("hook"), {"return": "\u00e9"})
        self.assertEqual(host.output(), "import \\xe9\nout \\xe9 \\U0001f600 \\udcff\n")
        self.assertEqual(host.errors(), "err \\xe9\n")

    def test_output_comes_before_the_answer_and_exit_handlers_after_it(self):
        path, fd = self.fifo()
        host = self.started(
            """
            import atexit, sys, threading
            def hook(path):
                sys.stdout.reconfigure(line_buffering=False)
                sys.stdout.write("out")
                sys.stderr.write("err")
                go = threading.Event()
                def late():
                    with open(path) as fifo: fifo.read()
                    print("-thread", end="")
                threading.Thread(target=late).start()
                atexit.register(lambda: print("-exit", end=""))
            """
        )
        other = path + "-go"
        os.mkfifo(other)
        hook = host.begin("hook", {"path": other})
        self.assertEqual(hook.answer(), {"return": None})
        self.assertEqual((host.output(), host.errors()), ("out", "err"))
        os.close(os.open(other, os.O_WRONLY))
        self.assertEqual(hook.reap(), 0)
        self.assertEqual(host.output(), "out-thread-exit")

    def test_temporary_folders_of_a_hook_are_removed(self):
        host = self.started(
            """
            import tempfile
            kept = []
            def hook():
                kept.append(tempfile.TemporaryDirectory())
                return kept[0].name
            """
        )
        self.assertFalse(os.path.exists(host.call("hook")["return"]))


if __name__ == "__main__":
    unittest.main()
