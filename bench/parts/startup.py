"""How long a frontend takes to say its version: what every command pays."""

from measure import Case, Entry, timed_run

TITLE = "Start-up"


def cases(bench):
    surroundings = bench.surroundings
    python = surroundings.python
    commands = [("axle --version", (surroundings.programs.axle, "--version"))]
    if not bench.smoke:
        commands += [
            ("uv --version", (python.parent / "uv", "--version")),
            ("build --version", (python, "-m", "build", "--version")),
            ("pip --version", (python, "-m", "pip", "--version")),
        ]
    commands += [
        ("python -I -c pass", (python, "-I", "-c", "pass")),
        ("true: what starting any process costs here", ("/bin/true",)),
    ]

    def entry(name, command):
        return Entry(name, lambda: timed_run(
            command, cwd=surroundings.work, env=surroundings.environment,
            log=surroundings.root / "log"))

    yield Case("start-up", [entry(*command) for command in commands],
               rounds=5 if bench.smoke else 3 * bench.rounds)
