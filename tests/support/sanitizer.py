"""What a test has to know of the sanitizers that the programs may be built with (AXLE_SANITIZE).

Their runtime has needs of its own. Which test cannot meet them says so by one of these names; all
others run under sanitizers as they do without.
"""

import os
import unittest

SANITIZED = bool(os.environ.get("AXLE_SANITIZE"))

# How many times as long something may take.
SLOWNESS = 5 if SANITIZED else 1

# How many times as much memory.
GREED = 5 if SANITIZED else 1

# Seconds after which a hook is stopped that must have begun by then, also on a busy machine.
BRIEF = 3 if SANITIZED else 1

# For what is traced, killed at random, or short of processes: at the end of a program the leak
# detector traces it from a process of its own. It fails where it cannot, and waits for ever where
# that process is killed.
WITHOUT_LEAK_DETECTOR = (
    {"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"} if SANITIZED else {}
)

takes_descriptors_away = unittest.skipIf(
    SANITIZED, "a sanitizer's first look at a type needs descriptors of its own")
