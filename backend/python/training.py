# What the hooks will need is imported before they are called: all that a dummy build needed, of
# which a rehearsal has shown that it changes nothing else. Both are run by children, so of what
# they do only facts come back.

TRAINING_TIME = 30  # seconds, for all of it; it takes one where nothing else is going on
LONGEST_LESSON = 1 << 20  # bytes
MOST_REHEARSALS = 8
DUMMY = "axle_training_dummy"
DUMMY_FILES = {
    "pyproject.toml": f"""
        [build-system]
        requires = []

        [project]
        name = "{DUMMY}"
        version = "1.0"
        description = "Nothing"
        readme = "README.md"
        requires-python = ">=3.8"
        authors = [{{name = "Nobody", email = "nobody@example.com"}}]
        classifiers = ["Programming Language :: Python :: 3"]
        dependencies = ["one>=1", "two[more]~=2.0; python_version<'3'"]

        [project.optional-dependencies]
        more = ["three!=3"]

        [project.scripts]
        {DUMMY} = "{DUMMY}.part:main"

        [project.urls]
        Homepage = "https://example.com"
        """,
    "setup.py": "from setuptools import setup\n\nsetup()\n",
    "README.md": "# Nothing\n",
    f"{DUMMY}/__init__.py": '"""Nothing."""\n\n__version__ = "1.0"\n',
    f"{DUMMY}/part.py": "def main():\n    pass\n",
}
POETRY_FILE = f"""
    [tool.poetry]
    name = "{DUMMY}"
    version = "1.0"
    description = "Nothing"
    authors = ["Nobody <nobody@example.com>"]
    """
# What is computed once in a process, of nothing but the interpreter and the system: a module, and
# what to do with it. sysconfig has one value of the environment; see change_environment.
WARMERS = (
    ("sysconfig", lambda module: module.get_config_vars()),
    ("platform", lambda module: module.uname()),
    ("poetry.core.json", lambda module: module.validate_object({}, "poetry-schema")),
    ("poetry.core.json", lambda module: module.validate_object({}, "project-schema")),
    ("poetry.core.version.markers", lambda module: module.parse_marker('python_version >= "3"')),
)
# Variables that are the same for all hooks of one interpreter: it has read them itself.
SETTLED_VARIABLES = "PYTHON", "_PYTHON", "LC_", "LANG", "SETUPTOOLS_"


def plain(text):
    """`text` without the indentation that it has here."""
    return "".join(line.strip() + "\n" for line in text.splitlines())


def make_dummy(module, folder):
    """Writes the dummy project for the backend `module`."""
    os.mkdir(os.path.join(folder, DUMMY))
    for name, text in DUMMY_FILES.items():
        if name == "pyproject.toml":
            text = plain(text + (POETRY_FILE if module.startswith("poetry.") else ""))
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)


def build_dummy(backend, folder, asked=lambda: None):
    """Calls the hooks of `backend` for a dummy project in the new folder `folder`; and `asked`
    between those that ask what a build requires, and those that build."""
    project, out = os.path.join(folder, "project"), os.path.join(folder, "out")
    os.mkdir(project)
    os.mkdir(out)
    make_dummy(backend.module, project)
    os.chdir(project)
    found = backend.load()
    # Each may fail, and then has taught what it could. setuptools makes one wheel in a process.
    attempt(lambda: found.get_requires_for_build_wheel())
    attempt(lambda: found.get_requires_for_build_sdist())
    asked()
    for name in ("prepare_metadata_for_build_wheel", "build_wheel", "build_sdist"):
        attempt(lambda: getattr(found, name)(out))


def use_only(folder):
    """Makes `folder` the home and the place of temporary files, and the network unreachable for
    those who ask the environment for the way."""
    settings = dict.fromkeys(("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"), folder)
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        settings[name] = settings[name.upper()] = "http://127.0.0.1:9"
    settings.update(PIP_NO_INDEX="1", CARGO_NET_OFFLINE="true", GIT_CEILING_DIRECTORIES=folder)
    replace_environment({**os.environ, **settings})


def send_output_to(path):
    flush()
    fd = open_fd(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
    for number in (1, 2):
        os.dup2(fd, number)
    close(fd)


def lasting_folders():
    """Where modules come from that are there for every project."""
    folders = {os.path.dirname(os.__file__), sys.prefix, sys.base_prefix, *import_folders()}
    return tuple(os.path.join(folder, "") for folder in folders if os.path.isabs(folder))


def is_lasting(name, module, folders):
    """Whether `import name` gives this very module, from one of `folders`."""
    spec = getattr(module, "__spec__", None)
    if spec is None or spec.name != name or type(name) is not str:
        return False
    if spec.origin in ("built-in", "frozen"):
        return True
    places = [spec.origin] if spec.has_location else list(spec.submodule_search_locations or [])
    return bool(places) and all(str(place).startswith(folders) for place in places)


def known_patterns():
    """What is in the cache of the module re, as steps of a lesson."""
    found = []
    for kind, pattern, flags in list(getattr(sys.modules.get("re"), "_cache", ())):
        if kind is str and pattern.isprintable():
            found.append(("regex", pattern, int(flags)))
        elif kind is bytes:
            found.append(("bytes regex", pattern.decode("latin-1"), int(flags)))
    return found


def learn(backend, folder):
    """The steps that a hook process need not take any more once this one has taken them; by a
    dummy build, which leaves its traces in this process. Those that every build needs more than
    once come first: `shared` is how many they are."""
    folders = lasting_folders()
    modules = set(sys.modules)
    patterns = set(known_patterns())
    steps = []

    def note():
        if "sysconfig" in sys.modules and ("warm", 0) not in steps:
            steps.extend((("import", "sysconfig"), ("warm", 0)))  # others read it when imported
        for name, module in list(sys.modules.items()):
            if name not in modules and is_lasting(name, module, folders):
                steps.append(("import", name))
        steps.extend(step for step in known_patterns() if step not in patterns)
        modules.update(sys.modules)
        patterns.update(steps)

    use_only(folder)
    shared = []
    build_dummy(backend, folder, lambda: (note(), shared.append(len(steps))))
    note()
    for number, (name, _) in enumerate(WARMERS):
        if number > 0 and name in sys.modules:
            steps.append(("warm", number))
    return {"steps": steps, "shared": sum(shared)}


def take_step(kind, what, *more):
    """Takes one step of a lesson."""
    if kind == "import":
        __import__(what)
    elif kind == "warm":
        name, warm = WARMERS[what]
        warm(sys.modules[name])
    else:
        __import__("re").compile(what.encode("latin-1") if kind == "bytes regex" else what, *more)


def listed_children():
    with open("/proc/thread-self/children", "rb") as file:
        return file.read()


def surroundings():
    """What no step of a lesson may change."""
    mask = os.umask(0)
    os.umask(mask)
    root = getattr(sys.modules.get("logging"), "root", None)
    return [
        (os.getcwd(), mask, dict(os.environ), setlocale(LC_ALL, None)),
        [getsignal(number) for number in EVERY_SIGNAL],
        resource_limits(),
        (count_threads(), listed_children(), os.listdir("/proc/self/fd"), fstat(1).st_size),
        [list(things) for things in (sys.path, sys.meta_path, sys.path_hooks, sys.argv)],
        [sys.stdin, sys.stdout, sys.stderr, sys.excepthook, sys.getrecursionlimit()],
        list(__import__("_warnings").filters),
        (list(root.handlers), root.level) if root else ([], 30),
        {name: id(value) for name, value in BUILTINS.items()},
        (gc.isenabled(), gc.get_threshold()),
    ]


def depends(step, names):
    """Whether what a step that has looked at the variables `names` has made may be another where
    another command comes with another environment."""
    own = step[0] == "warm" or step[1] == "sysconfig"
    return not own and any(not str(name).startswith(SETTLED_VARIABLES) for name in names)


def rehearse(steps, folder):
    """Takes `steps`: the numbers of those that cannot be taken; and of the first that changes more
    than it should, or depends on more, after which none is taken."""
    send_output_to(os.path.join(folder, "output"))
    names = NotedReads().names
    before = surroundings()
    bad = []
    for number, step in enumerate(steps):
        del names[:]
        try:
            take_step(*step)
        except BaseException:
            bad.append(number)
        flush()
        if depends(step, names) or surroundings() != before:
            return {"bad": [*bad, number]}
    return {"bad": bad}


class Trainer:
    """The process that has a dummy build done, and tells what can be learnt from it: writes that,
    a line, to `report`; nothing where there is none. It ends with the other end of the pipe
    `lifeline`, and even so leaves no file behind, which are all in the new folder `place`: who
    kills it removes that."""

    def __init__(self, backend, place, report, lifeline):
        self.backend = backend
        self.place = place
        self.report = report
        self.lifeline = lifeline
        self.end = monotonic() + TRAINING_TIME

    def work(self, job):
        folder = None
        try:
            import shutil
            import tempfile

            os.nice(5)
            attempt(lambda: os.mkdir(self.place, 0o700))  # unless another trains there, too
            folder = tempfile.mkdtemp(dir=self.place)
            os.chdir(folder)  # the source tree may be gone, as that of an sdist is
            send_output_to(os.devnull)
            told = job(self, os.path.realpath(folder))
            if told is not None:
                write_all(self.report, encode(told))
        finally:
            attempt(
                lambda: shutil.rmtree(folder, ignore_errors=True), lambda: os.rmdir(self.place)
            )

    def learn(self, folder):
        """A job: a lesson."""
        told = self.ask(lambda: learn(self.backend, folder))
        steps = told and self.rehearsed(told["steps"], folder)
        if steps is None:
            return None
        shared = [step for step in told["steps"][: told["shared"]] if step in steps]
        return {"steps": steps, "shared": len(shared)}

    def measure(self, folder):
        """A job: the pages that a dummy build uses."""

        def build():
            use_only(folder)
            build_dummy(self.backend, folder)
            return used_pages()

        return self.ask(build)

    def ask(self, work):
        left = self.end - monotonic()
        return ask_child(work, self.lifeline, lambda: close(self.report), left)[0]

    def rehearsed(self, steps, folder):
        """Those of `steps` that can be taken one after another and change nothing else."""
        for _ in range(MOST_REHEARSALS):
            told = self.ask(lambda: rehearse(steps, folder))
            if told is None:
                return None
            if not told["bad"]:
                return steps
            first = told["bad"][0]
            steps = [step for number, step in enumerate(steps) if number not in told["bad"]]
        return steps[:first]
