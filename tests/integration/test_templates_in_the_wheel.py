"""The examples travel in the wheel, so that `commons new` and `commons demo` work where there is no checkout."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

from dagster_commons.tools.process import Command, run
from dagster_commons.tools.templates import template_files
from dagster_commons.tools.uv import uv

REPOSITORY = Path(__file__).resolve().parents[2]
EXAMPLES = ("path", "submodule", "index")


def test_a_wheel_holds_the_same_templates_as_the_checkout(tmp_path) -> None:
    build = ("build", "--quiet", "--offline", "--wheel", "--no-build-isolation", "--python", sys.executable)
    uv(REPOSITORY, *build, "--out-dir", str(tmp_path / "dist"))
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "unpacked")
    program = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from dagster_commons.tools import templates\n"
        "assert templates.__file__.startswith(sys.argv[1]), templates.__file__\n"
        "print([templates.template_files(name) for name in sys.argv[2:]])"
    )
    argv = (sys.executable, "-I", "-c", program, str(tmp_path / "unpacked"), *EXAMPLES)
    assert run(Command(argv=argv, cwd=tmp_path)).text.strip() == repr([template_files(name) for name in EXAMPLES])
