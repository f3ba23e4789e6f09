"""`commons status --format mermaid`: shared modules → code locations, coloured by lag."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dagster_commons.analysis.lag import lags, worst
from dagster_commons.report import matrix
from dagster_commons.report.lines import NOTHING, counted, printable

if TYPE_CHECKING:
    from dagster_commons.analysis.lag import LagKind, ModuleLag
    from dagster_commons.model.workspace import Workspace

MOST_EDGES = 400  # Mermaid refuses more than 500 and cannot be told otherwise from within a chart

_CLASSES: dict[LagKind, str] = {
    "broken": "fill:#f8d7da,stroke:#b02a37,color:#58151c,stroke-width:3px",
    "stale": "fill:#f8d7da,stroke:#b02a37,color:#58151c",
    "behind": "fill:#fff3cd,stroke:#997404,color:#332701",
    "local": "fill:#cfe2ff,stroke:#0a58ca,color:#031633",
    "unknown": "fill:#e2e3e5,stroke:#6c757d,color:#2b2f32",
    "current": "fill:#d1e7dd,stroke:#146c43,color:#051b11",
}


def chart(workspace: Workspace) -> str:
    """A flowchart with one node per location, or, beyond `MOST_EDGES` uses, one per group that reads the same."""
    all_lags = lags(workspace)
    names = _Identifiers()
    lines = ["flowchart LR"]
    lines.extend(f'  {names.of("module", lag.module.name)}["{_label(matrix.title(lag))}"]' for lag in all_lags)
    is_grouped = sum(len(lag.uses) for lag in all_lags) > MOST_EDGES
    lines.extend(_grouped(all_lags, names) if is_grouped else _separate(all_lags, names))
    used = {each.kind for lag in all_lags for each in lag.uses}
    lines.extend(f"  classDef {kind} {style}" for kind, style in _CLASSES.items() if kind in used)
    return "\n".join(lines) + "\n"


def _separate(all_lags: tuple[ModuleLag, ...], names: _Identifiers) -> list[str]:
    kinds: dict[str, list[LagKind]] = {}
    edges = []
    for lag in all_lags:
        module = names.of("module", lag.module.name)
        for each, row in zip(lag.uses, matrix.rows(lag), strict=True):
            kinds.setdefault(each.use.location, []).append(each.kind)
            edges.append(f'  {module} -->|"{_edge(row)}"| {names.of("location", each.use.location)}')
    nodes = [
        f'  {names.of("location", name)}["{_label(name)}"]:::{worst(tuple(of_name))}'
        for name, of_name in sorted(kinds.items())
    ]
    return [*nodes, *edges]


def _grouped(all_lags: tuple[ModuleLag, ...], names: _Identifiers) -> list[str]:
    lines: list[str] = []
    for lag in all_lags:
        module = names.of("module", lag.module.name)
        groups: dict[tuple[LagKind, str], list[str]] = {}
        for row in matrix.rows(lag):
            groups.setdefault((row.kind, _edge(row)), []).append(row.location)
        for (kind, edge), locations in groups.items():
            node = names.of("group", f"{lag.module.name} {kind} {edge}")
            label = locations[0] if len(locations) == 1 else counted(len(locations), "code location")
            lines.extend((f'  {node}["{_label(label)}"]:::{kind}', f'  {module} -->|"{edge}"| {node}'))
    return lines


def _edge(row: matrix.Row) -> str:
    in_use = "" if row.in_use == NOTHING else f" {row.in_use}"
    return _label(f"{row.source}{in_use}")


def _label(text: str) -> str:
    """`text` inside a quoted label: what Mermaid or HTML would read as syntax becomes an entity."""
    return re.sub(r'[#"&<>`\\|]', lambda match: f"#{ord(match.group())};", printable(text))


class _Identifiers:
    """Node ids of letters, digits and underscores, one per (kind, name)."""

    def __init__(self) -> None:
        self._ids: dict[tuple[str, str], str] = {}
        self._taken: set[str] = set()

    def of(self, kind: str, name: str) -> str:
        if (known := self._ids.get((kind, name))) is not None:
            return known
        wanted = f"{kind}_{re.sub(r'[^0-9A-Za-z]+', '_', name)}"
        unique, number = wanted, 2
        while unique in self._taken:
            unique, number = f"{wanted}_{number}", number + 1
        self._taken.add(unique)
        self._ids[kind, name] = unique
        return unique
