"""One package of the corpus: fetched, built by axle and by pypa/build, compared."""

import os
import shutil
import signal
import subprocess
import sys
import tarfile
import time
import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from sdists import download_sdist  # noqa: E402
from wheel_comparison import differences, digest_of  # noqa: E402

# The date of every member; debug information would name folders that differ from build to build.
SURROUNDINGS = {"SOURCE_DATE_EPOCH": "1700000000", "CFLAGS": "-g0", "CXXFLAGS": "-g0",
                "AXLE_DAEMON": "0", "NO_COLOR": "1", "PYTHONDONTWRITEBYTECODE": ""}


@dataclass(frozen=True)
class Tools:
    axle: Path
    python: Path  # its environment has build and uv
    folder: Path  # for caches and everything temporary
    seconds: int  # for one build
    resolved_as_of: str

    def environment(self):
        told = {name: value for name, value in os.environ.items()
                if not name.startswith(("AXLE_", "GITHUB_", "CI"))}
        # `python` is an environment whose site-packages no build may see.
        return told | SURROUNDINGS | {"UV": str(self.python.with_name("uv")),
                                      "UV_CACHE_DIR": str(self.folder / "uv"),
                                      "UV_EXCLUDE_NEWER": self.resolved_as_of,
                                      "XDG_CACHE_HOME": str(self.folder / "cache"),
                                      "TMPDIR": str(self.folder / "tmp")}

    def commands(self):
        return {"axle": [self.axle, "build", "--wheel", "--python", self.python,
                         "--timeout", self.seconds, "--outdir"],
                "build": [self.python, "-m", "build", "--installer", "uv", "--wheel", "--outdir"]}


@dataclass
class Built:
    """What a frontend made of an sdist."""

    outcome: str  # built, failed, or timed out
    seconds: float
    wheel: str = ""
    words: str = ""  # the end of what it printed, where nothing was built


def run_package(requirement, tools, first="axle"):
    """All that becomes known of it, as JSON has it. `first` is the frontend that begins."""
    name, _, version = requirement.partition("==")
    place = tools.folder / "work" / name
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    (tools.folder / "tmp").mkdir(exist_ok=True)
    try:
        result = {"package": name, "version": version}
        try:
            sdist = download(name, version, place / "sdist", tools)
        except subprocess.SubprocessError as error:
            words = getattr(error, "stderr", None) or str(error)
            return result | {"verdict": "not fetched", "words": words[-2000:]}
        result["backend"] = backend_of(sdist)
        frontends = sorted(tools.commands(), key=lambda frontend: frontend != first)
        built = {frontend: build(frontend, sdist, place / frontend, tools)
                 for frontend in frontends}
        return (result | {frontend: asdict(one) for frontend, one in built.items()}
                | verdict(built["axle"], built["build"], sdist, place, tools))
    finally:
        shutil.rmtree(place, ignore_errors=True)


def download(name, version, folder, tools):
    """To fetch an sdist, pip prepares its metadata: with the backends that are here, which is quick,
    or with what the project asks for, but no newer than it can bear."""
    folder.mkdir()
    constraints = folder.parent / "constraints.txt"
    constraints.write_text("setuptools < 81\n")
    quickly, patiently = {"PIP_NO_BUILD_ISOLATION": "0"}, {"PIP_CONSTRAINT": str(constraints)}
    fetched = {"python": tools.python, "capture_output": True, "text": True}
    try:
        return download_sdist(name, version, folder, **fetched, env=os.environ | quickly)
    except subprocess.CalledProcessError:
        return download_sdist(name, version, folder, **fetched, env=os.environ | patiently)


def backend_of(sdist):
    with tarfile.open(sdist) as archive:
        try:
            root = archive.getmembers()[0].name.split("/")[0]
            table = tomllib.loads(archive.extractfile(f"{root}/pyproject.toml").read().decode())
        except KeyError:
            return "setup.py alone"
    system = table.get("build-system", {})
    backend = system.get("build-backend", "setup.py and pyproject.toml")
    return backend + (" (in-tree)" if "backend-path" in system else "")


def build(frontend, sdist, folder, tools):
    started = time.monotonic()
    process = subprocess.Popen(
        [*map(str, tools.commands()[frontend]), str(folder), str(sdist)], text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        errors="replace", env=tools.environment(), cwd=sdist.parent, start_new_session=True)
    try:
        words, _ = process.communicate(timeout=tools.seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        words, _ = process.communicate()
        return Built("timed out", time.monotonic() - started, words=words[-2000:])
    seconds = time.monotonic() - started
    wheels = sorted(folder.glob("*.whl"))
    if process.returncode != 0 or len(wheels) != 1:
        return Built("failed", seconds, words=words[-4000:])
    return Built("built", seconds, str(wheels[0]))


def verdict(ours, theirs, sdist, place, tools):
    """How the two compare; where they differ, what build itself does not make twice alike."""
    if ours.outcome != "built" or theirs.outcome != "built":
        same = ours.outcome == theirs.outcome
        return {"verdict": f"both {ours.outcome}" if same else "differs"}
    if digest_of(Path(ours.wheel).read_bytes()) == digest_of(Path(theirs.wheel).read_bytes()):
        return {"verdict": "identical"}
    found = differences(theirs.wheel, ours.wheel)
    if not found:
        return {"verdict": "equal"}
    again = build("build", sdist, place / "again", tools)
    unstable = set()
    if again.outcome == "built":
        unstable = {(one.what, one.member) for one in differences(theirs.wheel, again.wheel)}
    unexplained = [one for one in found if (one.what, one.member) not in unstable]
    return {"verdict": "differs" if unexplained else "not reproducible",
            "differences": [asdict(one) for one in (unexplained or found)][:200]}
