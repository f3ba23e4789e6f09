"""Buildah with a storage of its own and a base image made here, so that images are built without a registry."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

BASE, BASE_PYTHON = "python:3.11-slim", "3.11"  # of Debian 12
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
BASE_DOCKERFILE = f"""\
FROM scratch
ADD base.tar /
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin PIP_CERT={CERTIFICATES}
"""
STORAGE = '[storage]\ndriver = "vfs"\ngraphroot = "{at}/images"\nrunroot = "{at}/run"\n'
# Of the programs that build images only buildah answers here, and it builds without a network where `OFFLINE` says so.
SILENT = '#!/bin/sh\necho "$0 does not answer" >&2\nexit 1\n'
BUILDAH = """\
#!/bin/sh
if [ "$1" = build ]; then
    touch "{at}/building"
    test -z "$OFFLINE" || exec unshare --net "{program}" "$@"
fi
exec "{program}" "$@"
"""


def what_lacks() -> str | None:
    """Why no image can be built here; None: it can."""
    missing = [each for each in ("buildah", "debootstrap", "unshare") if shutil.which(each) is None]
    if missing:
        return f"not installed: {', '.join(missing)}; on Debian: apt-get install buildah debootstrap"
    if os.geteuid() != 0:
        return "debootstrap makes the base image, and has to be root for that"
    return None


def make_base(at: Path) -> None:
    """The base image as `base.tar` in the new directory `at`: Debian's Python under the name that the official one has."""
    root = at / "root"
    at.mkdir()
    packages = "python3,python3-venv,python3-pip"
    call("debootstrap", "--variant=minbase", f"--include={packages}", "bookworm", root)
    (root / "usr/bin/python").symlink_to("python3")
    if CERTIFICATES.exists():  # the image trusts whom this machine trusts
        (root / CERTIFICATES.relative_to("/")).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(CERTIFICATES, root / CERTIFICATES.relative_to("/"))
    unneeded = ("--exclude=./var/cache", "--exclude=./var/lib/apt")
    call("tar", "-C", root, "-cf", at / "base.tar", *unneeded, ".")
    (at / "Dockerfile").write_text(BASE_DOCKERFILE)
    shutil.rmtree(root)


def use_buildah(at: Path, base: Path, patch: pytest.MonkeyPatch) -> None:
    """From here on images are kept below `at`, and the one of `make_base` is there by its official name."""
    (at / "storage.conf").write_text(STORAGE.format(at=at))
    programs = at / "programs"
    programs.mkdir()
    texts = {"docker": SILENT, "podman": SILENT, "buildah": BUILDAH.format(at=at, program=shutil.which("buildah"))}
    for name, text in texts.items():
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    patch.setenv("CONTAINERS_STORAGE_CONF", str(at / "storage.conf"))
    patch.delenv("STORAGE_DRIVER", raising=False)
    patch.setenv("BUILDAH_ISOLATION", "chroot")  # works in a container, too
    patch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    call("buildah", "build", "--quiet", "--tag", f"docker.io/library/{BASE}", base)


def call(*argv: str | Path) -> str:
    """What it prints; it has to end with 0."""
    ended = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout[-2000:] + ended.stderr[-2000:]
    return ended.stdout
