"""The training of the warm interpreter (backend/python/training.py): what it learns from a dummy
build, what it does not, and that nobody waits for it.

    python3 tests/unit/backend/test_training.py [-v] [Class.test_name]
"""

import ctypes
import os
import pathlib
import select
import signal
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from zygote_driver import PATIENCE, PYPY, Case, readable

BACKEND = """
import os, re, sys

def is_training():
    return "axle-training-" in os.getcwd()

def get_requires_for_build_wheel(): return []

def build_wheel(wheel_directory):
    import lesson_of_the_wheel
    re.compile("the (one) (pattern)")
    re.compile(b"a (pattern) of \\xff")
    sys.path.insert(0, os.getcwd())
    import axle_training_dummy.part

def build_sdist(sdist_directory):
    import lesson_of_the_sdist
    raise ValueError

def imported(prefix):
    return sorted(name for name in sys.modules if name.startswith(prefix))

def patterns():
    return sorted(str(key[1]) for key in re._cache if "(pattern)" in str(key[1]))

def look():
    return [os.getcwd(), os.environ.get("HOME"), sys.path[0], sys.argv]
"""


def has_ended(pid):
    pidfd = ctypes.CDLL(None).syscall(434, pid, 0)  # pidfd_open, which os has from 3.9 on
    if pidfd < 0:
        return True
    with os.fdopen(pidfd):
        return bool(select.select([pidfd], [], [], PATIENCE)[0])


def children_of(pid):
    return pathlib.Path("/proc/%d/task/%d/children" % (pid, pid)).read_text().split()


@unittest.skipIf(PYPY, "there is no training")
class TrainingTest(Case):
    def setUp(self):
        super().setUp()
        self.places = os.path.join(self.folder, "tmp")
        os.mkdir(self.places)

    def trained_host(self, source=BACKEND, hook="look", **modules):
        """A host whose zygote has run a hook, and so begins to train."""
        self.write("backend.py", source)
        for name in ("lesson_of_the_wheel", "lesson_of_the_sdist"):
            self.write(name + ".py", modules.pop(name, ""))
        for name, text in modules.items():
            self.write(name + ".py", text)
        host = self.host(TMPDIR=self.places)
        answer = host.start("backend", warm=os.path.join(self.places, "axle-training-x"))
        self.assertEqual(answer["op"], "started", answer)
        host.call(hook)
        return host

    def assert_trained(self, host, trained=True):
        for spares in 0, 2:
            told = {"op": "warm", "trained": trained, "spares": spares}
            self.assertEqual(host.receive(), told)
        self.assertEqual(os.listdir(self.places), [])

    def imported(self, host, prefix="lesson"):
        return host.call("imported", {"prefix": prefix})["return"]

    def test_hooks_find_imported_what_a_dummy_build_has_needed(self):
        host = self.trained_host()
        self.assert_trained(host)
        self.assertEqual(self.imported(host), ["lesson_of_the_sdist", "lesson_of_the_wheel"])

    def test_hooks_find_patterns_compiled(self):
        host = self.trained_host()
        self.assert_trained(host)
        told = host.call("patterns")["return"]
        self.assertEqual(told, ["b'a (pattern) of \\xff'", "the (one) (pattern)"])

    def test_nothing_of_the_dummy_project_remains(self):
        host = self.trained_host()
        before = host.call("look")
        self.assert_trained(host)
        self.assertEqual(self.imported(host, "axle_training"), [])
        self.assertEqual(host.call("look"), before)

    def test_nothing_is_imported_before_the_first_hook_is_done(self):
        host = self.trained_host(hook="patterns")
        self.assert_trained(host)
        self.assertEqual(host.output(), "")

    def test_what_changes_more_than_it_should_is_not_imported(self):
        for at, effect in enumerate((
            "import os; os.environ['LESSON'] = '1'",
            "import os; os.chdir('/')",
            "import os; os.umask(0o77)",
            "import signal; signal.signal(signal.SIGUSR1, signal.SIG_IGN)",
            "import sys; sys.path.append('/lesson')",
            "import builtins; builtins.lesson = 1",
            "import warnings; warnings.warn('lesson')",
            "print('lesson', end='')",
            "import threading; threading.Thread(target=threading.Event().wait, daemon=True).start()",
            "import os; os.open('/dev/null', os.O_RDONLY)",
            "import os; home = os.path.expanduser('~')",
            "import os; editor = os.environ.get('EDITOR')",
            "raise SystemExit",
        )):
            with self.subTest(effect):
                host = self.trained_host(lesson_of_the_wheel="# %d\n" % at + effect)
                self.assert_trained(host)
                self.assertEqual(self.imported(host), ["lesson_of_the_sdist"])
                self.assertEqual(host.output() + host.errors(), "")
                os.unlink(host.errors_path)
                os.unlink(host.output_path)

    def test_a_dummy_build_that_ends_its_process_teaches_nothing(self):
        host = self.trained_host(lesson_of_the_wheel="import os; os._exit(0)")
        self.assert_trained(host, False)
        self.assertEqual(self.imported(host), [])

    def test_the_home_of_a_hook_is_its_own(self):
        host = self.trained_host(
            BACKEND + """
import sys
def home():
    import sysconfig
    return sysconfig.get_config_var("userbase")
""",
            lesson_of_the_wheel="import sysconfig; sysconfig.get_config_vars()")
        self.assert_trained(host)
        for home in ("/one", "/two"):
            told = host.call("home", env={"HOME": home})["return"]
            self.assertEqual(told, os.path.join(home, ".local"))

    def test_many_that_may_not_be_imported_do_not_spoil_the_rest(self):
        names = ["lesson_%02d" % number for number in range(20)]
        modules = {name: "import os; os.getenv('HOME')" for name in names[10:]}
        modules.update({name: "" for name in names[:10]})
        host = self.trained_host(
            lesson_of_the_sdist="", lesson_of_the_wheel="import " + ", ".join(names), **modules)
        self.assert_trained(host)
        self.assertEqual(self.imported(host), names[:10])  # what comes after them is given up

    def blocked(self):
        """A host in the midst of its training, and what ends that when it is written to."""
        gate = os.path.join(self.folder, "gate")
        os.mkfifo(gate)
        fd = os.open(gate, os.O_RDWR)
        self.addCleanup(os.close, fd)
        begun, fifo = self.fifo()
        host = self.trained_host(lesson_of_the_sdist="""
            import os
            fd = os.open(%r, os.O_WRONLY)
            os.write(fd, b"%%d" %% os.getpid())
            os.close(fd)
            with open(%r, 'rb', 0) as gate:
                gate.read(1)
            """ % (begun, gate))
        readable(fifo)
        return host, int(os.read(fifo, 100)), fd

    def test_a_command_does_not_wait_for_the_training(self):
        host, _, gate = self.blocked()
        self.assertEqual(self.imported(host), [])
        self.assertEqual(self.imported(host), [])
        os.write(gate, b"gggg")  # the dummy build and the rehearsal
        self.assert_trained(host)
        self.assertEqual(self.imported(host), ["lesson_of_the_sdist", "lesson_of_the_wheel"])

    def test_the_training_ends_with_the_zygote(self):
        for how in ("stop", "host", "kill"):
            with self.subTest(how):
                host, pupil, _ = self.blocked()
                trainer, = map(int, children_of(host.pid))
                if how == "stop":
                    host.send({"op": "stop"})
                elif how == "host":
                    host.socket.shutdown(1)
                else:
                    os.kill(host.pid, signal.SIGKILL)
                host.wait()
                self.assertTrue(has_ended(pupil))
                self.assertTrue(has_ended(trainer))
                self.assertEqual(os.listdir(self.places), [])
                os.unlink(os.path.join(self.folder, "gate"))

    def test_without_being_told_it_does_not_train(self):
        self.write("cwd/backend.py", BACKEND)
        host = self.host(TMPDIR=self.places)
        host.start("backend", backend_path=["."], warm=os.path.join(self.places, "x"))
        host.call("look")
        self.assertFalse(select.select([host.socket], [], [], 0.3)[0])  # ten times its patience


if __name__ == "__main__":
    unittest.main()
