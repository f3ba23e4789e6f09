"""What a wheel installs, file by file."""

from __future__ import annotations

import hashlib
import zipfile
from typing import TYPE_CHECKING

from dagster_commons.proof.wheel_contents import installed_digests

if TYPE_CHECKING:
    from pathlib import Path


def test_what_an_installer_copies_as_it_is(tmp_path: Path) -> None:
    wheel = tmp_path / "shared-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name in (
            "shared/__init__.py",
            "shared/data/",
            "shared-1.0.data/purelib/shared/more.py",
            "shared-1.0.data/platlib/shared/fast.so",
            "shared-1.0.data/scripts/shared",  # gets another first line
            "shared-1.0.data/data/etc/shared.conf",  # goes elsewhere
            "shared-1.0.dist-info/METADATA",
            "shared-1.0.dist-info/RECORD",  # is written anew
        ):
            archive.writestr(name, name)
    names = {
        "shared/__init__.py": "shared/__init__.py",
        "shared/more.py": "shared-1.0.data/purelib/shared/more.py",
        "shared/fast.so": "shared-1.0.data/platlib/shared/fast.so",
        "shared-1.0.dist-info/METADATA": "shared-1.0.dist-info/METADATA",
    }
    assert installed_digests(wheel) == {name: hashlib.sha256(text.encode()).hexdigest() for name, text in names.items()}
