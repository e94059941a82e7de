"""Nothing of one build reaches the next through a warm axle-backend: what real build backends make in
its trained, spare processes is, byte for byte, what they make in a process of their own, in whatever
order and though one of the projects poisons whatever it can reach.

AXLE_TEST_VENV has the build backends. Each number is that of a leak that has been seen where one
process runs hook after hook.
"""

import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import textwrap
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from backend_driver import DEADLINE, Backend, BackendTest, Project  # noqa: E402

PYTHON = os.path.join(os.environ["AXLE_TEST_VENV"], "bin", "python")
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "SOURCE_DATE_EPOCH": "1700000000"}
FRESH = """
import importlib, sys
module, hook, out = sys.argv[1:]
sys.argv[1:] = []
getattr(importlib.import_module(module), hook)(out)
"""

# Leaks 2, 3, 6 and 7: modules, the environment, handlers of logs, arguments, folder; and more.
POISON = """
    import atexit, builtins, locale, logging, os, re, sys, warnings
    os.environ.update(CFLAGS="-DPOISON", HOME="/poison", TMPDIR=os.path.dirname(os.getcwd()), TZ="Poison/Poison")
    os.umask(0o77)
    logging.basicConfig(stream=sys.stdout, level=logging.DEBUG)
    sys.path.append("/poison")
    builtins.poison = sys.modules["poison"] = sys
    warnings.simplefilter("ignore")
    re.purge()
    atexit.register(sys.argv.append, "poison")  # too late for this build
    atexit.register(os.chdir, "/")
"""
# What of that is there. It becomes a part of the wheel.
OBSERVE = """
    import builtins, json, logging, os, re, sys, tempfile, warnings
    mask = os.umask(0)
    os.umask(mask)
    observed = {
        "environment": {name: os.environ.get(name) for name in ("CFLAGS", "HOME", "TMPDIR", "TZ")},
        "umask": mask,
        "handlers": [str(handler) for handler in logging.getLogger().handlers],
        "level": logging.getLogger().level,
        "folder": os.path.basename(os.getcwd()),
        "poison": ["poison" in thing for thing in (sys.argv, sys.path, vars(builtins), sys.modules)],
        "filters": len(warnings.filters),
        "places": tempfile.gettempdir(),
    }
"""


class Maker:
    """Writes the projects A, which poisons, and B, which observes, for one build backend."""

    def __init__(self, module, pyproject, files):
        self.module = module
        self.pyproject = pyproject
        self.files = files

    def write(self, folder, name, version, code):
        """`code` runs in the hooks, where the backend lets it. `helper` is a module of its own in
        each project, with the same name."""
        texts = {"pyproject.toml": self.pyproject, "README.md": "# {name}\n", **self.files}
        texts.update({"{name}/__init__.py": '"""It is {name}."""\n', "helper.py": "VERSION = '{version}'\n"})
        texts.update(self.files)
        for path, text in texts.items():
            path = folder / path.replace("{name}", name)
            path.parent.mkdir(parents=True, exist_ok=True)
            text = textwrap.dedent(text).replace("{name}", name).replace("{version}", version)
            path.write_text(text.replace("{code}", textwrap.dedent(code)))


SETUPTOOLS = Maker("setuptools.build_meta", """
    [build-system]
    requires = ["setuptools"]
    build-backend = "setuptools.build_meta"
    """, {
    "setup.py": """
import sys
sys.path.insert(0, ".")
import helper
observed = None
{code}
if observed:
    with open("{name}/observed.json", "w") as file:
        json.dump(observed, file)
else:  # leak 4
    from setuptools.command import build_py
    run = build_py.build_py.run
    def run_and_inject(self):
        run(self)
        with open(self.build_lib + "/INJECTED_BY_A.py", "w"):
            pass
    build_py.build_py.run = run_and_inject
from setuptools import setup
setup(name="{name}", version=helper.VERSION, packages=["{name}"],
      package_data={"{name}": ["*.json"]}, description="It is {name}")
"""})
HATCHLING = Maker("hatchling.build", """
    [build-system]
    requires = ["hatchling"]
    build-backend = "hatchling.build"
    [project]
    name = "{name}"
    dynamic = ["version"]
    description = "It is {name}"
    readme = "README.md"
    [tool.hatch.version]
    source = "code"
    path = "{name}/version.py"
    search-paths = ["."]
    [tool.hatch.build.hooks.custom]
    """, {
    "{name}/version.py": "import helper\n__version__ = helper.VERSION\n",  # leak 8
    "hatch_build.py": """
import json
from hatchling.builders.hooks.plugin.interface import BuildHookInterface
class Hook(BuildHookInterface):
    def initialize(self, version, build_data):
        space = {}
        exec(CODE, space)
        with open("{name}/observed.json", "w") as file:
            json.dump(space.get("observed"), file)
CODE = '''
{code}
'''
"""})
FLIT = Maker("flit_core.buildapi", """
    [build-system]
    requires = ["flit-core"]
    build-backend = "flit_core.buildapi"
    [project]
    name = "{name}"
    dynamic = ["version", "description"]
    readme = "README.md"
    """, {
    "{name}/__init__.py": '''
"""It is {name}."""
import sys
sys.path.insert(0, ".")
import helper
__version__ = str(helper.VERSION)
{code}
with open("{name}/observed.json", "w") as file:
    import json
    json.dump(globals().get("observed"), file)
'''})
POETRY = Maker("poetry.core.masonry.api", """
    [build-system]
    requires = ["poetry-core"]
    build-backend = "poetry.core.masonry.api"
    [project]
    name = "{name}"
    version = "{version}"
    description = "It is {name}"
    readme = "README.md"
    dependencies = ["{name}-more (>={version}) ; python_version < '3.{version}'"]
    """, {})


def content(path):
    """The bytes of a wheel; of an sdist what can be the same twice: setuptools gives the files that
    it makes the present time."""
    if path.suffix == ".whl":
        return path.read_bytes()
    with tarfile.open(fileobj=io.BytesIO(path.read_bytes())) as tar:
        return [(member.name, member.mode, member.isfile() and tar.extractfile(member).read())
                for member in tar]


class WarmBackend(Backend):
    """One that is trained, and has spares, before each of its hooks."""

    def __init__(self, project, module):
        super().__init__(project, module=module, in_tree=False, python=PYTHON, options=["--warm"],
                         env=ENVIRONMENT)

    def train(self):
        self.call("get_requires_for_build_wheel")  # it begins when a hook is done
        told = self.event("warm", 120)
        assert told["trained"], told

    def call_in_a_spare(self, cmd, **rest):
        told = self.event("warm", 120)
        assert (told["trained"], told["spares"]) == (True, 2), told
        interpreter = self.interpreter()
        children = Path(f"/proc/{interpreter}/task/{interpreter}/children").read_text().split()
        path = self.send(cmd, x_env=ENVIRONMENT, **rest)
        running = self.event("running")["pid"]
        assert str(running) in children, (running, children)
        self.event("finished")
        return json.loads(path.read_text())


class Leaks(BackendTest):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="axle-leaks-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.serial = 0

    def copy(self, name):
        """A new source tree, which has the name of the project, and a folder for artifacts."""
        self.serial += 1
        place = self.folder / str(self.serial)
        shutil.copytree(self.folder / "projects" / name, place / name)
        (place / "out").mkdir()
        return place / name, place / "out"

    def fresh(self, maker, name, hook):
        tree, out = self.copy(name)
        ran = subprocess.run([PYTHON, "-I", "-c", FRESH, maker.module, hook, str(out)], cwd=tree,
                             env=ENVIRONMENT, capture_output=True, timeout=DEADLINE, check=False)
        self.assertEqual(0, ran.returncode, ran.stderr.decode())
        artifact, = out.iterdir()
        return artifact.name, content(artifact)

    def warm(self, backend, name, hook):
        tree, out = self.copy(name)
        kwargs = {hook.replace("build_", "") + "_directory": str(out)}
        answer = backend.call_in_a_spare(hook, kwargs=kwargs, x_cwd=str(tree))
        self.assertIn("return", answer, answer)
        artifact, = out.iterdir()
        self.assertEqual(artifact.name, answer["return"])
        return artifact.name, content(artifact)

    def check(self, maker):
        projects = {"aaa": ("1.1.1", POISON), "bbb": ("2.2.2", OBSERVE)}
        for name, (version, code) in projects.items():
            maker.write(self.folder / "projects" / name, name, version, code)
        hooks = ("build_wheel", "build_sdist")
        expected = {(name, hook): self.fresh(maker, name, hook) for name in projects for hook in hooks}
        self.assertIn("2.2.2", expected["bbb", "build_wheel"][0])
        source = Project("")
        self.addCleanup(source.close)
        with WarmBackend(source, maker.module) as backend:
            backend.train()
            for name in ("aaa", "bbb", "aaa", "aaa", "bbb", "bbb"):  # leak 1: the same again
                for hook in hooks:
                    with self.subTest(name=name, hook=hook):
                        told = self.warm(backend, name, hook)
                        self.assertEqual(expected[name, hook][0], told[0])
                        self.assertTrue(expected[name, hook][1] == told[1], "another content")
            self.assertEqual(0, backend.leave())

    def test_setuptools(self):
        self.check(SETUPTOOLS)

    def test_hatchling(self):
        self.check(HATCHLING)

    def test_flit_core(self):
        self.check(FLIT)

    def test_poetry_core(self):
        self.check(POETRY)

    def test_in_tree_backends_of_the_same_name(self):  # leak 5
        text = "def build_wheel(wheel_directory): return {!r}\n"
        source = self.project(text.format("aaa.whl"))
        with Backend(source, options=["--warm"], python=PYTHON) as backend:
            self.assertEqual({"return": "aaa.whl"},
                             backend.call("build_wheel", kwargs={"wheel_directory": "."}))
            (source.root / "backend.py").write_text(text.format("another.whl"))
            self.assertEqual({"return": "another.whl"},
                             backend.call("build_wheel", kwargs={"wheel_directory": "."}))


if __name__ == "__main__":
    unittest.main()
