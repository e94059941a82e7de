"""Builds a wheel through pyproject_api, as its users do: get_requires_for_build_wheel, build_wheel.

    pyproject_api_build.py SOURCE OUT
"""

import sys
from pathlib import Path

from pyproject_api import SubprocessFrontend

source, out = map(Path, sys.argv[1:])
frontend = SubprocessFrontend(*SubprocessFrontend.create_args_from_folder(source)[:5])
frontend.get_requires_for_build_wheel()
frontend.build_wheel(out)
