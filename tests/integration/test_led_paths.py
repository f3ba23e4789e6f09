"""What is at an import path, asked of an interpreter that has the module."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from dagster_commons.probe.imports import led_paths

FILES = {
    "m/__init__.py": "import m.loaded\n\n\ndef f(): ...\n\n\nclass C:\n    def run(self): ...\n",
    "m/loaded.py": "",
    "m/unloaded.py": "x = 1\n",
    "m/raising.py": "raise SystemExit(3)\n",
    "m/lacking.py": "import nowhere_at_all\n",
    "m/lazy.py": "def __getattr__(name):\n    if name == 'given':\n        return 1\n    raise AttributeError(name)\n",
}


def test_what_cannot_be_told_is_neither_there_nor_gone(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "env"], check=True)
    (packages,) = (tmp_path / "env/lib").glob("python3*/site-packages")
    for name, text in FILES.items():
        (packages / name).parent.mkdir(exist_ok=True)
        (packages / name).write_text(text)
    there = ("m.f", "m.C.run", "m.loaded", "m.unloaded", "m.unloaded.x", "m.lazy.given")
    gone = ("m.g", "m.C.gone", "m.nothing", "m.unloaded.y", "m.lazy.other", "m.nothing.x")
    untold = ("m.raising.x", "m.lacking.x", "m.raising")

    found = led_paths(tmp_path / "env/bin/python", (*there, *gone, *untold))

    assert found == {**dict.fromkeys(there, True), **dict.fromkeys(gone, False)}
    assert led_paths(Path(sys.executable), ()) == {}
