"""`commons bundle`: what went into the bundle, or would."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.model.bundle import BuiltFromDirectory, BuiltFromGit, BundleFailure, FetchedRelease
from dagster_commons.model.paths import relative
from dagster_commons.model.verdicts import Unchanged
from dagster_commons.plans.bundle_texts import description
from dagster_commons.report import diff, diff_json
from dagster_commons.report.lines import Line, Span, cell_width, counted, pad, paint, plain
from dagster_commons.report.machine import encode

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from dagster_commons.model.bundle import Bundle, BundledWheel, BundlePlan, FirstParty, MadeBundle, PlacedBundle
    from dagster_commons.model.workspace import Workspace

COMMIT_SHOWN = 12
MARKDOWN_WIDTH = 1000  # nothing is cut there
UNPROVEN = "--no-proof makes it all the same"


def planned(
    plans: Sequence[tuple[BundlePlan, Path]], root: Path, tree: Path, output_format: str, *, colour: bool
) -> str:
    """What would be built and fetched, each plan with its place; `tree` is the root that was planned for."""
    match output_format:
        case "json":
            bundles = [_planned_document(plan, shown(place, root)) for plan, place in plans]
            return encode({"bundles": bundles})
        case "markdown":
            return "\n".join(_planned_markdown(plan, shown(place, root), tree) for plan, place in plans)
        case _:
            return paint(
                [line for plan, place in plans for line in _planned(plan, shown(place, root), tree)], colour=colour
            )


def finished(
    done: Sequence[PlacedBundle | BundleFailure], workspace: Workspace, output_format: str, *, width: int, colour: bool
) -> str:
    """What is in each bundle, what its proof came to, and what comes next."""
    match output_format:
        case "json":
            return encode({"bundles": [_document(each, workspace) for each in done]})
        case "markdown":
            return "\n".join(_markdown_of(each, workspace.root) for each in done)
        case _:
            lines = [line for each in done for line in _lines(each, workspace.root, width)]
            return paint(lines, colour=colour)


def shown(place: Path, root: Path) -> str:
    """Where a bundle is, as seen from the root if it is below it."""
    return relative(place, root) if place.is_relative_to(root) else str(place)


def _planned(plan: BundlePlan, place: str, tree: Path) -> list[Line]:
    return [
        plain(f"planned, nothing written: {plan.location.name} into {place}"),
        *_table((each.name, _intention(each, tree)) for each in plan.first_party),
        plain(_third_party(plan)),
        *_warnings(plan.warnings),
    ]


def _lines(each: PlacedBundle | BundleFailure, root: Path, width: int) -> list[Line]:
    if isinstance(each, BundleFailure):
        hint = [plain(f"  {each.error.hint}")] if each.error.hint else []
        return [(Span("failed", "error"), Span(f": {each.location.name}: {each.error.message}")), *hint]
    made = each.made
    if made.bundle is None or each.place is None:
        head: Line = (Span("refused", "error"), Span(f": {made.location.name} was not bundled"))
        return [head, *_proof(made, width), plain(f"  {UNPROVEN}")]
    place = shown(each.place, root)
    return [
        *_head(each, place),
        *_table((f"{wheel.name} {wheel.version}", _origin(wheel)) for wheel in _own(made.bundle)),
        plain(_third_party(made.plan)),
        *_proof(made, width),
        *_pex(each, root, width),
        *_warnings(made.bundle.warnings),
        *([plain(f"docker build --platform {made.plan.target.platform} {place}")] if each.is_in_place else []),
    ]


def _head(each: PlacedBundle, place: str) -> list[Line]:
    name = each.made.location.name
    if each.is_in_place:
        return [plain(f"bundled {name} into {place}")]
    return [(Span("refused", "error"), Span(f": the bundle of {name} is not as it should be; kept as {place}"))]


def _proof(made: MadeBundle, width: int) -> list[Line]:
    if made.verdict is None:
        return [plain("not proven: --no-proof")]
    if made.is_acceptable:
        return [plain(f"installed elsewhere and booted: same definitions · {made.verdict.seconds:.1f} s")]
    return list(diff.lines((made.verdict,), width=width))


def _pex(each: PlacedBundle, root: Path, width: int) -> list[Line]:
    pex = each.made.pex
    if pex is None or each.pex is None:
        return []
    place = shown(each.pex, root)
    if pex.verdict is None:
        return [plain(f"{place}: not proven")]
    if isinstance(pex.verdict.verdict, Unchanged):
        return [plain(f"{place}: unpacked and booted: same definitions · {pex.verdict.seconds:.1f} s")]
    return [plain(f"{place}: unpacked and booted"), *diff.lines((pex.verdict,), width=width)]


def _planned_document(plan: BundlePlan, place: str) -> dict[str, object]:
    return {
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


def _document(each: PlacedBundle | BundleFailure, workspace: Workspace) -> dict[str, object]:
    """`bundle.json` of a bundle, where it is, what its proof came to and what was said."""
    if isinstance(each, BundleFailure):
        location = {"name": each.location.name, "project": each.location.project}
        error = {"message": each.error.message, "hint": each.error.hint, "exit_code": each.error.exit_code}
        return {"outcome": "failed", "location": location, "error": error}
    made = each.made
    verdicts = diff_json.verdict_documents((made.verdict,), workspace) if made.verdict is not None else [None]
    return {
        **(description(made.bundle) if made.bundle is not None else _planned_document(made.plan, "")),
        "outcome": "applied" if each.is_in_place else "refused",
        "directory": shown(each.place, workspace.root) if each.place is not None else None,
        "warnings": list(made.bundle.warnings if made.bundle is not None else made.plan.warnings),
        "verdict": verdicts[0],
        "pex": _pex_document(each, workspace),
    }


def _pex_document(each: PlacedBundle, workspace: Workspace) -> dict[str, object] | None:
    pex = each.made.pex
    if pex is None or each.pex is None:
        return None
    verdicts = diff_json.verdict_documents((pex.verdict,), workspace) if pex.verdict is not None else [None]
    return {"file": shown(each.pex, workspace.root), "verdict": verdicts[0]}


def _planned_markdown(plan: BundlePlan, place: str, tree: Path) -> str:
    rows = [(each.name, _intention(each, tree)) for each in plan.first_party]
    return _markdown(f"{plan.location.name}: planned, nothing written", place, rows, plan, plan.warnings)


def _markdown_of(each: PlacedBundle | BundleFailure, root: Path) -> str:
    from dagster_commons.report.diff_markdown import escaped  # noqa: PLC0415 - one of three formats

    if isinstance(each, BundleFailure):
        return f"### {escaped(each.location.name)}: failed\n\n{escaped(each.error.message)}\n"
    made = each.made
    said = "\n".join("".join(span.text for span in line) for line in _proof(made, MARKDOWN_WIDTH))
    if made.bundle is None or each.place is None:
        return f"### {escaped(made.location.name)}: refused, not bundled\n\n{escaped(said)}\n"
    rows = [(f"{wheel.name} {wheel.version}", _origin(wheel)) for wheel in _own(made.bundle)]
    word = "bundled" if each.is_in_place else "refused"
    title = f"{made.location.name}: {word}"
    return _markdown(title, shown(each.place, root), rows, made.plan, made.bundle.warnings) + f"\n{escaped(said)}\n"


def _own(bundle: Bundle) -> list[BundledWheel]:
    return [each for each in bundle.wheels if each.kind != "commons"]


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
