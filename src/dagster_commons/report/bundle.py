"""`commons bundle`: what went into the bundle, or would."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.model.bundle import BuiltFromDirectory, BuiltFromGit, BundleFailure, FetchedRelease
from dagster_commons.model.paths import relative
from dagster_commons.model.verdicts import Unchanged
from dagster_commons.plans.bundle_texts import description
from dagster_commons.report import bundle_image, diff, diff_json
from dagster_commons.report.lines import Line, Span, cell_width, counted, pad, paint, plain, shown
from dagster_commons.report.machine import encode

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from dagster_commons.model.bundle import (
        Bundle,
        BundledWheel,
        BundlePlan,
        FirstParty,
        MadeBundle,
        PlacedBundle,
        PlannedBundle,
    )
    from dagster_commons.model.workspace import Workspace

COMMIT_SHOWN = 12
MARKDOWN_WIDTH = 1000  # nothing is cut there
UNPROVEN = "--no-proof makes it all the same"


def nothing(output_format: str) -> str:
    """What is said where no code location is reached."""
    return encode({"bundles": []}) if output_format == "json" else "no code location is reached: nothing to bundle\n"


def planned(
    bundles: Sequence[PlannedBundle | BundleFailure], root: Path, tree: Path, output_format: str, *, colour: bool
) -> str:
    """What would be built and fetched, or why nothing could be; `tree` is the root that was planned for."""
    match output_format:
        case "json":
            return encode({"bundles": [_intended_document(each, root) for each in bundles]})
        case "markdown":
            return "\n".join(_planned_markdown(each, root, tree) for each in bundles)
        case _:
            return paint([line for each in bundles for line in _planned(each, root, tree)], colour=colour)


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


def _planned(each: PlannedBundle | BundleFailure, root: Path, tree: Path) -> list[Line]:
    if isinstance(each, BundleFailure):
        return _failed(each)
    plan = each.plan
    return [
        plain(f"planned, nothing written: {plan.location.name} into {shown(each.place, root)}"),
        *_table((one.name, _intention(one, tree)) for one in plan.first_party),
        plain(_third_party(plan)),
        *bundle_image.planned(each.image, root),
        *_warnings(plan.warnings),
    ]


def _lines(each: PlacedBundle | BundleFailure, root: Path, width: int) -> list[Line]:
    if isinstance(each, BundleFailure):
        return _failed(each)
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
        *bundle_image.lines(each, root),
        *_warnings(made.bundle.warnings),
        *([plain(_next(each, root, place))] if each.is_in_place else []),
    ]


def _next(each: PlacedBundle, root: Path, place: str) -> str:
    """The command that goes on from here."""
    return bundle_image.command(each, root) or f"docker build --platform {each.made.plan.target.platform} {place}"


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


def _failed(each: BundleFailure) -> list[Line]:
    hint = [plain(f"  {each.error.hint}")] if each.error.hint else []
    return [(Span("failed", "error"), Span(f": {each.location.name}: {each.error.message}")), *hint]


def _failed_document(each: BundleFailure) -> dict[str, object]:
    location = {"name": each.location.name, "project": each.location.project}
    error = {"message": each.error.message, "hint": each.error.hint, "exit_code": each.error.exit_code}
    return {"outcome": "failed", "location": location, "error": error}


def _failed_markdown(each: BundleFailure) -> str:
    from dagster_commons.report.diff_markdown import escaped  # noqa: PLC0415 - one of three formats

    hint = f"\n{escaped(each.error.hint)}\n" if each.error.hint else ""
    return f"### {escaped(each.location.name)}: failed\n\n{escaped(each.error.message)}\n{hint}"


def _intended_document(each: PlannedBundle | BundleFailure, root: Path) -> dict[str, object]:
    if isinstance(each, BundleFailure):
        return _failed_document(each)
    image = bundle_image.planned_document(each.image, root)
    return {**_planned_document(each.plan, shown(each.place, root)), "image": image}


def _document(each: PlacedBundle | BundleFailure, workspace: Workspace) -> dict[str, object]:
    """`bundle.json` of a bundle, where it is, what its proof came to and what was said."""
    if isinstance(each, BundleFailure):
        return _failed_document(each)
    made = each.made
    verdicts = diff_json.verdict_documents((made.verdict,), workspace) if made.verdict is not None else [None]
    return {
        **(description(made.bundle) if made.bundle is not None else _planned_document(made.plan, "")),
        "outcome": "applied" if each.is_in_place else "refused",
        "directory": shown(each.place, workspace.root) if each.place is not None else None,
        "warnings": list(made.bundle.warnings if made.bundle is not None else made.plan.warnings),
        "verdict": verdicts[0],
        "pex": _pex_document(each, workspace),
        "image": bundle_image.document(each, workspace.root),
    }


def _pex_document(each: PlacedBundle, workspace: Workspace) -> dict[str, object] | None:
    pex = each.made.pex
    if pex is None or each.pex is None:
        return None
    verdicts = diff_json.verdict_documents((pex.verdict,), workspace) if pex.verdict is not None else [None]
    return {"file": shown(each.pex, workspace.root), "verdict": verdicts[0]}


def _planned_markdown(each: PlannedBundle | BundleFailure, root: Path, tree: Path) -> str:
    if isinstance(each, BundleFailure):
        return _failed_markdown(each)
    plan = each.plan
    rows = [(one.name, _intention(one, tree)) for one in plan.first_party]
    title = f"{plan.location.name}: planned, nothing written"
    image = _paragraph(bundle_image.planned(each.image, root))
    return _markdown(title, shown(each.place, root), rows, plan, plan.warnings) + image


def _markdown_of(each: PlacedBundle | BundleFailure, root: Path) -> str:
    from dagster_commons.report.diff_markdown import escaped  # noqa: PLC0415 - one of three formats

    if isinstance(each, BundleFailure):
        return _failed_markdown(each)
    made = each.made
    said = _paragraph(_proof(made, MARKDOWN_WIDTH))
    if made.bundle is None or each.place is None:
        return f"### {escaped(made.location.name)}: refused, not bundled\n{said}"
    rows = [(f"{wheel.name} {wheel.version}", _origin(wheel)) for wheel in _own(made.bundle)]
    word = "bundled" if each.is_in_place else "refused"
    title = f"{made.location.name}: {word}"
    image = _paragraph(bundle_image.lines(each, root))
    return _markdown(title, shown(each.place, root), rows, made.plan, made.bundle.warnings) + said + image


def _paragraph(lines: Iterable[Line]) -> str:
    from dagster_commons.report.diff_markdown import escaped  # noqa: PLC0415 - one of three formats

    text = escaped("\n".join("".join(span.text for span in line) for line in lines))
    return f"\n{text}\n" if text else ""


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
