"""What the registries hold, for `commons registry list`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.model.configuration import RemoteRegistry
from dagster_commons.model.paths import relative
from dagster_commons.plans.registry import consumer_lines, declared_modules, first_consumer
from dagster_commons.report import findings
from dagster_commons.report.lines import (
    NOTHING,
    UNKNOWN,
    Line,
    Span,
    Tone,
    cell_width,
    counted,
    cut,
    filled,
    pad,
    paint,
    plain,
    printable,
)
from dagster_commons.report.machine import encode

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dagster_commons.model.configuration import Registry
    from dagster_commons.model.registry import ModuleReleases, Problem, RegistryListing, ReleasedVersion
    from dagster_commons.model.workspace import Workspace

COLUMNS = ("module", "version", "sha256", "state", "used by")
GAP = "  "
DIGEST_SHOWN = 12  # hex digits, of the wheel where there is one
VERSIONS_SHOWN = 10  # newest first; JSON has all


def terminal(listings: Sequence[RegistryListing], root: Path, *, width: int, colour: bool) -> str:
    """A block per registry, newest versions first, then the files that are not what their page says."""
    lines: list[Line] = []
    for listing in listings:
        lines += [*([plain("")] if lines else []), *_block(listing, root, width)]
    if not listings:
        lines = [plain("no registry is configured: commons registry init NAME")]
    return paint(lines, colour=colour)


def markdown(listings: Sequence[RegistryListing], root: Path) -> str:
    """A heading and a table per registry."""
    parts: list[str] = []
    for listing in listings:
        head = f"### {findings.escaped(listing.name)} ({findings.code(listing.place)}): {_summary(listing)}\n"
        rows = [_cells(module, release) for module in listing.modules for release in _releases(module)]
        table = "".join(f"| {' | '.join(map(findings.escaped, row))} |\n" for row in rows)
        columns = f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}\n"
        problems = "".join(f"- {findings.escaped(_problem(each, root))}\n" for each in listing.problems)
        reason = "" if listing.unread is None else f"{findings.escaped(listing.unread.reason)}\n"
        parts += [head, reason, columns + table if table else "", problems]
    return "\n".join(part for part in parts if part) or "No registry is configured.\n"


def as_json(listings: Sequence[RegistryListing], root: Path) -> str:
    """Every registry with every version, oldest first."""
    return encode({"registries": [_document(listing, root) for listing in listings]})


def consumer_text(workspace: Workspace, registry: Registry) -> str:
    """What a consumer's pyproject.toml has to say, for the first one there is, and what comes next."""
    consumer = first_consumer(workspace)
    module = next(iter(declared_modules(workspace)), "MODULE")
    lines = "".join(f"  {line}".rstrip() + "\n" for line in consumer_lines(registry, consumer, module))
    written = f"What `commons add --via index` writes into {relative(consumer / 'pyproject.toml', workspace.root)}"
    if isinstance(registry, RemoteRegistry):
        return f"\n{written}:\n{lines}Whether it lets you in: commons registry login {registry.name}\n"
    return f"\n{written}, before other indexes:\n{lines}In another pyproject.toml the url is the way from there.\n"


def _block(listing: RegistryListing, root: Path, width: int) -> list[Line]:
    head = plain(cut(f"{listing.name}  {listing.place}{GAP}{_summary(listing)}", width))
    rows = [row for module in listing.modules for row in _rows(module)]
    widths = [max(cell_width(row[column]) for row in (COLUMNS, *rows)) for column in range(len(COLUMNS))]
    table = [_line(row, widths, width) for row in (COLUMNS, *rows)] if rows else []
    problems: list[Line] = [(Span("error", "error"), Span(f" {_problem(each, root)}")) for each in listing.problems]
    unread = listing.unread
    said = [] if unread is None else [each for each in (unread.reason, unread.hint) if each is not None]
    texts = (each for text in said for line in text.splitlines() for each in filled(line.split(), width - len(GAP)))
    return [head, *(plain(cut(GAP + printable(each), width)) for each in texts), *table, *problems]


def _summary(listing: RegistryListing) -> str:
    if listing.unread is not None:
        return f"{listing.kind} · not read"
    versions = sum(len(each.versions) for each in listing.modules)
    return f"{listing.kind} · {counted(len(listing.modules), 'module')} · {counted(versions, 'version')}"


def _rows(module: ModuleReleases) -> list[tuple[str, ...]]:
    releases = _releases(module)
    rows = [_cells(module, each) for each in releases[:VERSIONS_SHOWN]]
    rows[1:] = [("", *row[1:]) for row in rows[1:]]
    more = len(releases) - VERSIONS_SHOWN
    return [*rows, ("", f"…{more} more", "", "", "")] if more > 0 else rows


def _releases(module: ModuleReleases) -> list[ReleasedVersion | None]:
    """Newest first; a single None for a name that is only reserved."""
    return [*reversed(module.versions)] or [None]


def _cells(module: ModuleReleases, release: ReleasedVersion | None) -> tuple[str, ...]:
    if release is None and module.unread is not None:
        return (module.module, UNKNOWN, UNKNOWN, f"not read: {module.unread}", _users(module, None))
    if release is None:
        return (module.module, NOTHING, NOTHING, "no version" if module.users else "reserved", _users(module, None))
    return (module.module, release.version, _digest(release), _state(module, release), _users(module, release))


def _users(module: ModuleReleases, release: ReleasedVersion | None) -> str:
    """Who locks the release; without one, who locks anything."""
    version = release.version if release is not None else None
    return ", ".join(location for location, locked in module.users if version in (None, locked))


def _digest(release: ReleasedVersion) -> str:
    wheels = [each for each in release.files if each.name.endswith(".whl")]
    return ((wheels or list(release.files))[0].sha256 or UNKNOWN)[:DIGEST_SHOWN]


def _state(module: ModuleReleases, release: ReleasedVersion) -> str:
    if release.yanked is not None:
        return f"yanked: {release.yanked}" if release.yanked else "yanked"
    return "newest" if release.version == module.newest else ""


def _line(row: tuple[str, ...], widths: list[int], width: int) -> Line:
    cells = GAP + GAP.join(pad(printable(cell), column) for cell, column in zip(row, widths, strict=True))
    tone: Tone = "warning" if row[3].startswith("yanked") and row[4] else "plain"
    return (Span(cut(cells.rstrip(), width), tone),)


def _problem(problem: Problem, root: Path) -> str:
    return f"{relative(problem.file, root)}: {printable(problem.message)}"


def _document(listing: RegistryListing, root: Path) -> dict[str, object]:
    return {
        "name": listing.name,
        "kind": listing.kind,
        "place": listing.place,
        "unread": None if listing.unread is None else listing.unread.reason,
        "modules": [_module_document(each) for each in listing.modules],
        "problems": [{"file": relative(each.file, root), "message": each.message} for each in listing.problems],
    }


def _module_document(module: ModuleReleases) -> dict[str, object]:
    return {
        "name": module.module,
        "newest": module.newest,
        "unread": module.unread,
        "versions": [
            {
                "version": release.version,
                "yanked": release.yanked,
                "requires_python": release.requires_python,
                "locations": [location for location, version in module.users if version == release.version],
                "files": [
                    {"name": each.name, "sha256": each.sha256, "size": each.size, "uploaded": each.uploaded}
                    for each in release.files
                ],
            }
            for release in module.versions
        ],
    }
