"""A measured figure beside what it must show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

Unit: TypeAlias = Literal["×", "1/", "s", "MB", "loads", "%"]  # noqa: RUF001 - "times", as the issues write it


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """`measured` and `limit` are in `unit`; `beside` names what a ratio is a ratio of, or how it was measured."""

    name: str
    measured: float
    limit: float
    unit: Unit
    beside: str

    @property
    def is_met(self) -> bool:
        return self.measured <= self.limit


def table(figures: Iterable[Figure]) -> str:
    """One line per figure: what, measured, must show, whether it does, and beside what."""
    rows = [("what", "measured", "must show", "", "")]
    rows += [
        (
            figure.name,
            _amount(figure.measured, figure.unit),
            f"≤ {_amount(figure.limit, figure.unit)}",
            "yes" if figure.is_met else "NO",
            figure.beside,
        )
        for figure in figures
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() + "\n" for row in rows
    )


def _amount(value: float, unit: Unit) -> str:
    match unit:
        case "MB":
            return f"{value:.0f} MB"
        case "s":
            return f"{value:.2f} s"
        case "1/":
            return f"1/{1 / value:.1f}"
        case "%":
            return f"{value:.1f} %"
        case "loads":
            return f"{value:.0f}"
        case "×":  # noqa: RUF001
            return f"{value:.2f}×"  # noqa: RUF001
