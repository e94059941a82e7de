"""How long each case may take where a run has so many minutes."""

import time

# What a part gets of the time, and about how many cases it has: all, with --quick.
PARTS = {"startup": (1, 1, 1), "latency": (4, 4, 4), "builds": (12, 21, 9), "batches": (6, 7, 6),
         "deaths": (1, 1, 1), "memory": (2, 3, 3), "growth": (4, 12, 6)}


class Budget:
    """`minutes`: None gives every case all the time that it wants."""

    def __init__(self, minutes, names, quick):
        self.end = None if minutes is None else time.monotonic() + 60 * minutes
        self.names = list(names)
        self.quick = quick

    def begin(self, name):
        """The part `name` follows; those before it are over."""
        later = self.names[self.names.index(name):]
        share = PARTS[name][0] / sum(PARTS[other][0] for other in later)
        if self.end is not None:
            now = time.monotonic()
            self.part_end = now + share * (self.end - now)
        self.cases = PARTS[name][2 if self.quick else 1]

    def seconds(self):
        """For the next case of the part; None: as many as it wants."""
        if self.end is None:
            return None
        cases, self.cases = max(self.cases, 1), self.cases - 1
        return max(0.0, self.part_end - time.monotonic()) / cases
