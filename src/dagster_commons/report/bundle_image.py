"""`commons bundle --image`: what is said of an archive, or of the one that would be built."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from dagster_commons.report.lines import Line, plain, shown

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.model.bundle import ImagePlan, PlacedBundle

# How the builder takes in an archive.
TAKING_IN = {
    "docker": "docker load --input {}",
    "podman": "podman load --input {}",
    "buildah": "buildah pull oci-archive:{}",
}


def planned(image: ImagePlan | None, root: Path) -> list[Line]:
    """Which command would build it; nothing where none would be."""
    return [plain(f"{shown(image.place, root)} by: {shlex.join(image.command)}")] if image is not None else []


def planned_document(image: ImagePlan | None, root: Path) -> dict[str, object] | None:
    """The same for programs."""
    if image is None:
        return None
    return {"file": shown(image.place, root), "builder": image.builder, "command": list(image.command)}


def lines(each: PlacedBundle, root: Path) -> list[Line]:
    """What was built, and whether it was booted; nothing where none was asked for."""
    image = each.made.image
    if image is None or each.image is None:
        return []
    seen = " and booted" if image.is_booted else ", not booted: --no-proof"
    return [plain(f"{shown(each.image, root)}: built by {image.builder}{seen} · {image.seconds:.1f} s")]


def document(each: PlacedBundle, root: Path) -> dict[str, object] | None:
    """The same for programs."""
    image = each.made.image
    if image is None or each.image is None:
        return None
    return {
        "file": shown(each.image, root),
        "builder": image.builder,
        "sha256": image.sha256,
        "booted": image.is_booted,
    }


def command(each: PlacedBundle, root: Path) -> str | None:
    """What goes on from here."""
    if each.made.image is None or each.image is None:
        return None
    return TAKING_IN[each.made.image.builder].format(shlex.quote(shown(each.image, root)))
