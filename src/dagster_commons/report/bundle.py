"""`commons bundle`: what went into the bundle, or would."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.model.bundle import BuiltFromDirectory, BuiltFromGit, FetchedRelease
from dagster_commons.model.paths import relative
from dagster_commons.plans.bundle_texts import description
from dagster_commons.report.lines import Line, Span, cell_width, counted, pad, paint, plain
from dagster_commons.report.machine import encode

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from dagster_commons.model.bundle import Bundle, BundledWheel, BundlePlan, FirstParty

COMMIT_SHOWN = 12


def planned(plan: BundlePlan, place: str, root: Path, *, colour: bool) -> str:
    """What would be built and fetched; `root` is that of the tree that was planned for."""
    lines = [
        plain(f"planned, nothing written: {plan.location.name} into {place}"),
        *_table((each.name, _intention(each, root)) for each in plan.first_party),
        plain(_third_party(plan)),
        *_warnings(plan.warnings),
    ]
    return paint(lines, colour=colour)


def finished(bundle: Bundle, place: str, *, colour: bool) -> str:
    """What is in the bundle at `place`, and what comes next."""
    own = [each for each in bundle.wheels if each.kind != "commons"]
    lines = [
        plain(f"bundled {bundle.plan.location.name} into {place}"),
        *_table((f"{each.name} {each.version}", _origin(each)) for each in own),
        plain(_third_party(bundle.plan)),
        *_warnings(bundle.warnings),
        plain(f"docker build --platform {bundle.plan.target.platform} {place}"),
    ]
    return paint(lines, colour=colour)


def planned_json(plan: BundlePlan, place: str) -> str:
    """The plan for programs."""
    return encode(
        {
            "outcome": "planned",
            "directory": place,
            "location": {"name": plan.location.name, "project": plan.location.project},
            "platform": plan.target.platform,
            "python": plan.target.python_version,
            "base": plan.target.base,
            "first_party": [{"name": each.name, "source": _source(each)} for each in plan.first_party],
            "third_party": [{"name": each.name, "version": each.version} for each in plan.third_party],
            "vendored": plan.is_vendored,
            "warnings": list(plan.warnings),
        }
    )


def finished_json(bundle: Bundle, place: str) -> str:
    """`bundle.json`, where it is, and what was said."""
    return encode({"outcome": "applied", "directory": place, "warnings": list(bundle.warnings), **description(bundle)})


def planned_markdown(plan: BundlePlan, place: str, root: Path) -> str:
    """The plan as a table."""
    rows = [(each.name, _intention(each, root)) for each in plan.first_party]
    return _markdown(f"{plan.location.name}: planned, nothing written", place, rows, plan, plan.warnings)


def finished_markdown(bundle: Bundle, place: str) -> str:
    """The bundle as a table."""
    rows = [(f"{each.name} {each.version}", _origin(each)) for each in bundle.wheels if each.kind != "commons"]
    return _markdown(f"{bundle.plan.location.name}: bundled", place, rows, bundle.plan, bundle.warnings)


def _markdown(
    title: str, place: str, rows: Iterable[tuple[str, str]], plan: BundlePlan, warnings: tuple[str, ...]
) -> str:
    from dagster_commons.report.diff_markdown import escaped, span  # noqa: PLC0415 - one of three formats

    table = "".join(f"| {escaped(name)} | {escaped(origin)} |\n" for name, origin in rows)
    said = "".join(f"- {escaped(each)}\n" for each in warnings)
    head = f"### {escaped(title)}\n\n{span(place)}: {escaped(_third_party(plan))}\n\n"
    return head + f"| wheel | from |\n|---|---|\n{table}" + (f"\nWarnings:\n\n{said}" if said else "")


def _table(rows: Iterable[tuple[str, str]]) -> list[Line]:
    listed = list(rows)
    column = max((cell_width(name) for name, _ in listed), default=0)
    return [plain(f"  {pad(name, column)}  {origin}") for name, origin in listed]


def _warnings(warnings: Iterable[str]) -> list[Line]:
    return [(Span("warning", "warning"), Span(f": {each}")) for each in warnings]


def _third_party(plan: BundlePlan) -> str:
    how = "in the wheelhouse" if plan.is_vendored else "by requirements.txt, hashed"
    target = f"{plan.target.platform}, Python {plan.target.python_version}, {plan.target.base}"
    return f"{counted(len(plan.third_party), 'third-party distribution')} {how} · {target}"


def _intention(each: FirstParty, root: Path) -> str:
    match each:
        case BuiltFromDirectory():
            return f"{each.kind}, built from {relative(each.directory, root)}"
        case BuiltFromGit():
            return f"git, built from {each.revision.commit[:COMMIT_SHOWN]}"
        case FetchedRelease():
            return f"index, {each.version} fetched"


def _source(each: FirstParty) -> str:
    match each:
        case BuiltFromDirectory():
            return each.kind
        case BuiltFromGit():
            return "git"
        case FetchedRelease():
            return "index"


def _origin(wheel: BundledWheel) -> str:
    if wheel.commit is None:
        return wheel.kind
    return f"{wheel.kind}, {wheel.commit[:COMMIT_SHOWN]}" + (" with uncommitted changes" if wheel.is_dirty else "")
