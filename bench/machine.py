"""The machine on which figures were taken."""

import os
import platform
import time
from pathlib import Path


def describe(surroundings):
    def field(path, name):
        for line in Path(path).read_text().splitlines():
            if line.startswith(name):
                return line.partition(":")[2].strip()
        return ""

    return {
        "cpu": field("/proc/cpuinfo", "model name"),
        "processors": len(os.sched_getaffinity(0)),
        "memory": field("/proc/meminfo", "MemTotal"),
        "kernel": platform.release(),
        "file_system": file_system(surroundings.root),
        "load": os.getloadavg()[0],
        "date": time.strftime("%Y-%m-%d %H:%M"),
    }


def file_system(path):
    """Of the longest mount point above `path`."""
    mounts = [line.split()[1:3] for line in Path("/proc/mounts").read_text().splitlines()]
    above = [(len(where), kind) for where, kind in mounts if Path(where) in (path, *path.parents)]
    return max(above)[1] if above else "unknown"
