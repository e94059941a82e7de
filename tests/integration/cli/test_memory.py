"""What axle says where the system has run out of memory."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from axle_program import AxleTest  # noqa: E402
from cgroups import cgroup, inside  # noqa: E402
from projects import TinyProject  # noqa: E402
from sanitizer import SANITIZED  # noqa: E402

# It ends axle-backend as the system does; before that, the system really ends a process.
KILLING = """
    import signal

    def host():
        pid = os.getpid()
        while Path(f"/proc/{pid}/comm").read_text().strip() != "axle-backend":
            pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        return pid

    def build_wheel(*_, **__):
        if %r:
            child = os.fork()
            if child == 0:
                kept = []
                while True:
                    kept.append(bytearray(os.urandom(1 << 20)))
            os.waitpid(child, 0)
        os.kill(host(), signal.SIGKILL)
        signal.pause()
"""


class Memory(AxleTest):
    def build(self, devour):
        with TinyProject(KILLING % devour) as project, cgroup("memory", self) as group:
            # The one who devours is to be the largest of them when it is full.
            limit = (1000 if SANITIZED else 150) << 20
            (group / "memory.limit_in_bytes").write_text(str(limit))
            with inside(group):
                return self.axle("build", "-n", "-w", project.root, code=5)[1]

    def test_r4_3_axle_backend_is_a_victim_too(self):
        err = self.build(devour=True)
        self.assertRegex(err, r"axle-backend \(pid \d+\) was killed by SIGKILL while build_wheel "
                              r"was running \(accepted, .* s\): the system ran out of memory")

    def test_r4_3_not_every_sigkill_is_for_lack_of_memory(self):
        err = self.build(devour=False)
        self.assertIn("was killed by SIGKILL while build_wheel was running", err)
        self.assertNotIn("ran out of memory", err)


if __name__ == "__main__":
    unittest.main()
