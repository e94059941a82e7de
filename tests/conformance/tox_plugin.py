"""A tox plugin (copied to a project as its toxfile.py): packaging environments start axle-backend
where they would start pyproject_api's child with `python`."""

import os

from tox.tox_env.python.virtual_env.package.pyproject import Pep517VirtualEnvFrontend

BACKEND = os.path.join(os.environ["AXLE_BIN"], "axle-backend")


def _backend_cmd(self):
    _script, *rest = self.backend_args
    with open(os.environ["AXLE_TOX_STARTED"], "a", encoding="utf-8") as started:
        print(*rest, file=started)
    return [BACKEND, *rest]  # `python3` is the environment's, by its PATH


Pep517VirtualEnvFrontend.backend_cmd = property(_backend_cmd)
