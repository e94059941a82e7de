"""Chaos: builds and hooks that do what they should not, while a hand kills their processes; the
invariants are checked after every outcome and every round.

    chaos.py [--seed S] [--kills N] [--seconds S] [--jobs J] [--part builds|hosts]... [--daemon]

The parts run side by side, each with its share of the kills.
Prints its seed; the same seed makes the same choices, though not the same timing. AXLE_BIN names
the folder of the programs.
"""

import argparse
import os
import random
import sys
import tempfile
import time
import traceback

from chaos_builds import BuildChaos
from chaos_hosts import HostChaos
from stage import Run


def chaos_of_builds(options, seed):
    with Run(seed) as run:
        run.environment["AXLE_DAEMON"] = "1" if options.daemon else "0"
        chaos = BuildChaos(run, options)
        try:
            chaos.go_on(options.kills, options.seconds)
        finally:
            print(f"builds: {chaos.kills} kills {chaos.killed}; outcomes {chaos.outcomes}; "
                  f"{chaos.lost_daemons} daemons whose host and frontend were killed", flush=True)
        return chaos.kills


def chaos_of_hosts(options, seed):
    with Run(seed) as run:
        tempfile.tempdir = str(run.folder("driver"))
        chaos = HostChaos(run)
        try:
            chaos.go_on(options.kills, options.seconds)
        finally:
            print(f"hosts: {chaos.kills} kills in {chaos.commands} commands", flush=True)
            chaos.close()
        return chaos.kills


PARTS = {"builds": chaos_of_builds, "hosts": chaos_of_hosts}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(32))
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=3600.0)
    parser.add_argument("--jobs", type=int, default=6, help="builds side by side")
    parser.add_argument("--round-length", type=int, default=40, help="builds in a round")
    parser.add_argument("--daemon", action="store_true",
                        help="builds use the daemon, which is hit like all others")
    parser.add_argument("--part", choices=PARTS, action="append")
    parser.add_argument("--swept", action=argparse.BooleanOptionalAction, default=True,
                        help="whether the next axle must remove what a killed one has left")
    parser.add_argument("--side-by-side", action=argparse.BooleanOptionalAction, default=True,
                        help="whether some axle build several sources with -j")
    options = parser.parse_args()
    begun = time.monotonic()
    parts = options.part or list(PARTS)
    options.kills = -(-options.kills // len(parts))
    print(f"seed {options.seed}", flush=True)
    # Each part in a process of its own, for each adopts its orphans.
    workers = {}
    for number, part in enumerate(parts):
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                PARTS[part](options, options.seed + number)
                code = 0
            except BaseException:
                traceback.print_exc()
            finally:
                sys.stdout.flush()
                os._exit(code)
        workers[pid] = part
    failed = [part for pid, part in workers.items() if os.waitpid(pid, 0)[1] != 0]
    verdict = "failed: " + ", ".join(failed) if failed else "passed"
    print(f"{time.monotonic() - begun:.0f} s; {verdict} (seed {options.seed})", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
