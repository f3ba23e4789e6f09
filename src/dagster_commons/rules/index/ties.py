"""REG: managed names that nothing ties to the index that they are meant to come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.analysis.index_ties import IndexTies
from dagster_commons.model.names import strip_version
from dagster_commons.model.sources import IndexSource
from dagster_commons.rules.rule import CannotTell, Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dagster_commons.analysis.evidence import Evidence
    from dagster_commons.analysis.index_ties import Tie, TieKind
    from dagster_commons.model.workspace import Use


def untied(evidence: Evidence) -> Iterator[Hit | CannotTell]:
    """Direct uses from an index that only the public one is asked for."""
    for use, _ in _direct_uses(evidence, "unknown"):
        yield CannotTell(reason=f"{use.location}: uv does not manage it, so which index has {use.module} is not known")
    for use, tie in _direct_uses(evidence, "nothing"):
        beside = f": index {tie.index.name} is explicit, and no source names it" if tie.index is not None else ""
        index = tie.index.name if tie.index is not None and tie.index.name else "INDEX"
        yield Hit(
            subject=use.location,
            message=f"`{use.requirement}` is taken from the public index{beside}",
            file=use.project / "pyproject.toml",
            line=use.line,
            fix=f'write {use.module} = {{ index = "{index}" }} in [tool.uv.sources]',
        )


def falling_through(evidence: Evidence) -> Iterator[Hit]:
    """Direct uses from an index that is asked first, and from the public one where that does not have the name."""
    for use, tie in _direct_uses(evidence, "open"):
        name = tie.index.name if tie.index is not None and tie.index.name else "the first index"
        yield Hit(
            subject=use.location,
            message=f"where {name} does not have {use.module} (a typo, a 404), the public index is asked",
            file=use.project / "pyproject.toml",
            line=use.line,
            fix=f'set explicit = true on the index, and {use.module} = {{ index = "{name}" }} in [tool.uv.sources]',
        )


def brought_along(evidence: Evidence) -> Iterator[Hit]:
    """Managed modules that another one brings along from an index, and that nothing ties to one."""
    ties = IndexTies.of(evidence)
    seen: set[tuple[object, str]] = set()
    for use in evidence.workspace.uses:
        key = (use.project, use.module)
        if use.through is None or key in seen or not isinstance(use.source, IndexSource):
            continue
        if not _is_from_index(evidence, use) or ties.tie(use).kind not in ("nothing", "open"):
            continue
        seen.add(key)
        yield Hit(
            subject=use.location,
            message=f"{use.through} brings {use.module} along, and no source entry of its own reaches so far",
            file=use.project / "pyproject.toml",
            fix=f"commons add {use.module} --via index -l {use.location}, or tie it by an exact line in"
            " constraint-dependencies and an entry in [tool.uv.sources]",
        )


def in_a_member(evidence: Evidence) -> Iterator[Hit]:
    """Index tables of uv workspace members, which uv does not read."""
    for project in evidence.workspace.projects:
        if project.uv_root is None or project.uv_root == project.directory:
            continue
        for index in project.indexes:
            yield Hit(
                subject=project.name,
                message=f"index {index.name or index.url.rpartition('@')[2]} stands in a uv workspace member",
                file=project.file,
                line=index.line,
                fix="move the table to the pyproject.toml of the uv workspace's root",
            )


def bare_in_a_wheel(evidence: Evidence) -> Iterator[Hit]:
    """Modules whose released wheel asks for another managed module by its bare name."""
    workspace = evidence.workspace
    released = {name for each in evidence.registries for name in each.names}
    released |= {use.module for use in workspace.uses if isinstance(use.source, IndexSource)}
    managed = {each.name for each in workspace.modules} | released
    for module in workspace.modules:
        if module.project is None or module.name not in released:
            continue
        for dependency in module.project.dependencies:
            is_bare = strip_version(dependency.requirement) == dependency.requirement.rstrip()
            if is_bare and dependency.group is None and dependency.name in managed - {module.name}:
                yield Hit(
                    subject=module.name,
                    message=f"its wheel will ask for `{dependency.name}`, from whatever index: sources stay behind",
                    file=module.project.file,
                    line=dependency.line,
                    fix=f"require a range of {dependency.name}, as in {dependency.name}>=1.2,<2",
                )


def _direct_uses(evidence: Evidence, kind: TieKind) -> Iterator[tuple[Use, Tie]]:
    """Each requirement once, whatever number of code locations its project holds."""
    ties = IndexTies.of(evidence)
    seen: set[tuple[object, int | None, str]] = set()
    for use in evidence.workspace.uses:
        key = (use.project, use.line, use.module)
        if use.through is not None or key in seen or not isinstance(use.source, IndexSource):
            continue
        seen.add(key)
        tie = ties.tie(use)
        if tie.kind == kind:
            yield use, tie


def _is_from_index(evidence: Evidence, use: Use) -> bool:
    """Whether the module that brings `use` along is itself a file of an index: it carries no sources."""
    lock = evidence.lock_of(use.location)
    sources = lock.sources(use.through) if lock is not None and use.through is not None else ()
    return any(each.kind == "registry" for each in sources)


RULES = (
    Rule(
        id="REG002",
        severity="error",
        title="managed name that is asked of the public index",
        why="A requirement is a name, not an address: whoever has that name on the public index is installed.",
        fix="name the index in [tool.uv.sources]",
        bad='dependencies = ["shared"], and an explicit index without a source entry',
        good='shared = { index = "corp" } in [tool.uv.sources]',
        look=untied,
    ),
    Rule(
        id="REG003",
        severity="error",
        title="index that leaves a gap for the public one",
        why="An index that is not explicit is asked first and no more than that: after a typo in its URL, or a 404,"
        " the public index answers, and nothing fails.",
        fix="make the index explicit, and name it in [tool.uv.sources]",
        bad='[[tool.uv.index]] name = "corp", url = "https://…", and no source entry',
        good='explicit = true on the index, and shared = { index = "corp" }',
        look=falling_through,
    ),
    Rule(
        id="REG005",
        severity="error",
        title="managed module that comes along untied",
        why="Source entries reach direct requirements and constraints only: what a wheel from a private index requires"
        " is looked for on the public one (uv#8253).",
        fix="require it directly, or tie it by an exact constraint and a source entry",
        bad="report comes from corp and requires shared, and nothing here names that",
        good='constraint-dependencies = ["shared==0.1.3"], and its source entry',
        look=brought_along,
    ),
    Rule(
        id="REG014",
        severity="error",
        title="index in a uv workspace member",
        why="uv reads indexes at the root of a uv workspace alone; in a member they are ignored without a word.",
        fix="move the table to the root of the uv workspace",
        bad="[[tool.uv.index]] in packages/sales/pyproject.toml",
        good="[[tool.uv.index]] in the pyproject.toml that has [tool.uv.workspace]",
        look=in_a_member,
    ),
    Rule(
        id="REG019",
        severity="warning",
        title="wheel that asks for a managed module by its bare name",
        why="A built wheel keeps names and ranges, never sources: any version of anybody's satisfies a bare name.",
        fix="require a range of it",
        bad='report, which is released, has dependencies = ["shared"]',
        good='dependencies = ["shared>=0.1,<1"]',
        look=bare_in_a_wheel,
    ),
)
