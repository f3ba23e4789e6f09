"""One server serves environments that have the very same of everything that it has imported, and no others."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from builders import draw
from dagster_commons.errors import ToolError
from dagster_commons.probe.kinship import Imported, is_kin, read_imported

if TYPE_CHECKING:
    from pathlib import Path

INSIDE = "lib/python3.11/site-packages"
INSTALLED = {
    "pyvenv.cfg": "home = /opt/python/bin\nversion_info = 3.11.7\nprompt = one\n",
    f"{INSIDE}/dagster/__init__.py": "import pydantic\n",
    f"{INSIDE}/dagster-1.13.27.dist-info/RECORD": "dagster/__init__.py,sha256=aaa,17\n../../../bin/dagster,sha256=b,9\n",
    f"{INSIDE}/pydantic/__init__.py": "",
    f"{INSIDE}/pydantic-2.0.dist-info/RECORD": "pydantic/__init__.py,sha256=ccc,0\n",
    f"{INSIDE}/start.pth": "import start\n",
    f"{INSIDE}/start.py": "",
}


@pytest.fixture
def server(tmp_path: Path) -> Imported:
    draw(tmp_path / "one", INSTALLED)
    return Imported(
        environment=tmp_path / "one",
        files=frozenset(f"{INSIDE}/{name}" for name in ("dagster/__init__.py", "pydantic/__init__.py", "start.py")),
        unfound=frozenset({"simplejson", "dagster.extras"}),
    )


def other(server: Imported, **changed: str | None) -> Path:
    """A second environment, like the first but for the files `changed`; None: without that file."""
    place = server.environment.with_name("two")
    shutil.copytree(server.environment, place)
    for name, text in changed.items():
        if text is None:
            (place / name).unlink()
        else:
            draw(place, {name: text})
    return place


def test_an_environment_is_its_own_kin(server: Imported):
    assert is_kin(server, server.environment)


ALIKE = {
    "a copy": {},
    "another prompt and uv": {"pyvenv.cfg": "home = /opt/python/bin\nuv = 1\nversion_info = 3.11.7\nprompt = two\n"},
    "one more package": {
        f"{INSIDE}/humanize/__init__.py": "",
        f"{INSIDE}/humanize-1.0.dist-info/RECORD": "humanize/__init__.py,sha256=ddd,0\n",
    },
    "scripts that name their environment": {
        f"{INSIDE}/dagster-1.13.27.dist-info/RECORD": "dagster/__init__.py,sha256=aaa,17\n../../../bin/dagster,sha256=c,9\n"
    },
    "entry points that are read when a location is loaded": {
        f"{INSIDE}/humanize-1.0.dist-info/entry_points.txt": "[dagster_dg_cli.registry_modules]\nhumanize = humanize\n"
    },
    "entry points of what is not imported": {
        f"{INSIDE}/humanize-1.0.dist-info/entry_points.txt": "[pytest11]\nhumanize = humanize\n"
    },
}


@pytest.mark.parametrize("changed", ALIKE.values(), ids=ALIKE)
def test_kin(server: Imported, changed: dict[str, str | None]):
    assert is_kin(server, other(server, **changed))


UNLIKE: dict[str, dict[str, str | None]] = {
    "another Python": {"pyvenv.cfg": "home = /opt/python/bin\nversion_info = 3.11.8\n"},
    "another content": {f"{INSIDE}/pydantic-2.0.dist-info/RECORD": "pydantic/__init__.py,sha256=eee,0\n"},
    "another version of the same content": {
        f"{INSIDE}/pydantic-2.0.dist-info/RECORD": "",
        f"{INSIDE}/pydantic-2.1.dist-info/RECORD": "pydantic/__init__.py,sha256=ccc,0\n",
    },
    "less": {f"{INSIDE}/dagster-1.13.27.dist-info/RECORD": None},
    "a module that was looked for in vain": {f"{INSIDE}/simplejson/__init__.py": ""},
    "a submodule that was looked for in vain": {f"{INSIDE}/dagster/extras.cpython-311-x86_64-linux-gnu.so": ""},
    "another start": {f"{INSIDE}/start.pth": "import another\n"},
    "one more start": {f"{INSIDE}/more.pth": "/opt/more\n"},
    "a file that no distribution owns": {f"{INSIDE}/start.py": "import sys\n"},
    "entry points of what is imported": {
        f"{INSIDE}/plugin-1.0.dist-info/entry_points.txt": "[pydantic]\nplugin = plugin:it\n"
    },
    "no environment at all": {"pyvenv.cfg": None},
}


@pytest.mark.parametrize("changed", UNLIKE.values(), ids=UNLIKE)
def test_no_kin(server: Imported, changed: dict[str, str | None]):
    assert not is_kin(server, other(server, **changed))


def test_what_is_loaded_from_elsewhere_in_an_environment_is_nobody_elses(server: Imported):
    elsewhere = Imported(
        environment=server.environment, files=server.files | {"src/own/__init__.py"}, unfound=server.unfound
    )
    assert not is_kin(elsewhere, other(server))


@pytest.mark.parametrize("text", ["", "{}", '{"files": 1, "unfound": []}'])
def test_a_damaged_answer_is_an_error(tmp_path: Path, text: str):
    (tmp_path / "imported.json").write_text(text)
    with pytest.raises(ToolError, match="cannot be read"):
        read_imported(tmp_path / "imported.json", tmp_path)
