"""Lets one allocation of axle-backend fail, the first one, the second, and so on until a run passes
untouched, and then all from one on (J3). After each run must hold what holds after every failed
system call: see errno_sweep.py.

    allocation_sweep.py [--all | --stride S] [--subject NAME] [--when N] [--then once|always]

AXLE_BIN names the folder of the programs, AXLE_FAILING_MALLOC the library to preload.
"""

import argparse
import errno
import itertools
import os
import sys
import time
import zipfile

from errno_sweep import SKIPPED, SUBJECTS, Host
from sweep import Run, Violation, read

HOSTS = [name for name, subject in SUBJECTS.items() if issubclass(subject, Host)]


class Sweep:
    """The points of one face of axle-backend."""

    def __init__(self, name, run):
        self.run = run
        self.subject = SUBJECTS[name](run)
        self.hit = run.root / "hit"

    def point(self, when, then):
        """One run; whether an allocation failed in it."""
        out, err = self.run.root / "stdout", self.run.root / "stderr"
        self.hit.unlink(missing_ok=True)
        order = f"{when}+" if then == "always" else f"{when}"
        preload = ["env", f"LD_PRELOAD={os.environ['AXLE_FAILING_MALLOC']}",
                   f"AXLE_FAIL_ALLOCATION={order}", f"AXLE_FAILED_ALLOCATION={self.hit}"]
        with out.open("wb") as out_file, err.open("wb") as err_file:
            process = self.subject.start(preload, out_file, err_file)
        try:
            code = self.run.exit_code(process)
            # 127: the dynamic linker had no memory.
            if code not in self.subject.codes | {70, 127}:
                raise Violation(f"exit code {code}")
            self.subject.check(code, read(out), read(err), "", errno.ENOMEM)
            self.run.check_nothing_left()
        except (Violation, ValueError, OSError, zipfile.BadZipFile) as violation:
            raise Violation(f"{violation}\n  stdout: {read(out)!r}\n  stderr: {read(err)!r}"
                            ) from violation
        return self.hit.exists()


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--stride", type=int, default=97, help="every so many points (default: 97)")
    parser.add_argument("--subject", choices=HOSTS)
    parser.add_argument("--when", type=int)
    parser.add_argument("--then", choices=("once", "always"))
    options = parser.parse_args()
    if os.environ.get("AXLE_SANITIZE"):
        print("skipped: sanitizers have an allocator of their own")
        return SKIPPED
    stride = 1 if options.all or options.when else options.stride
    begun, tried, broken = time.monotonic(), 0, 0
    for name in [options.subject] if options.subject else HOSTS:
        with Run() as run:
            sweep = Sweep(name, run)
            for then in [options.then] if options.then else ("once", "always"):
                for when in [options.when] if options.when else itertools.count(1, stride):
                    try:
                        if not sweep.point(when, then):
                            break
                    except Violation as violation:
                        broken += 1
                        print(f"BROKEN --subject {name} --when {when} --then {then}: {violation}",
                              flush=True)
                    tried += 1
    print(f"{tried} points, {broken} broken, {time.monotonic() - begun:.0f} s")
    return 1 if broken or tried == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
