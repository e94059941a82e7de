"""A pytest plugin: pyproject_api's frontend starts axle-backend where it would start its own child."""

import os
import sys

from pyproject_api._frontend import Frontend
from pyproject_api._via_fresh_subprocess import SubprocessFrontend

BACKEND = os.path.join(os.environ["AXLE_BIN"], "axle-backend")


def _backend_args(self):
    args = ["--python", sys.executable, str(self._reuse_backend), self._backend_module]
    return [*args, self._backend_obj] if self._backend_obj else args


SubprocessFrontend.executable = property(lambda self: BACKEND, lambda self, value: None)
Frontend.backend_args = property(_backend_args)
