from __future__ import annotations

import pytest

from dagster_commons.report.lines import Span, cell_width, counted, cut, cut_front, pad, paint, printable


@pytest.mark.parametrize(
    ("text", "width"), [("", 0), ("abc", 3), ("東京", 4), ("e\N{COMBINING ACUTE ACCENT}", 1), ("…", 1)]
)
def test_cell_width(text, width):
    assert cell_width(text) == width


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("abc", 3, "abc"),
        ("abcd", 3, "ab…"),
        ("ab cd", 4, "ab…"),
        ("東京都", 6, "東京都"),
        ("東京都", 5, "東京…"),
        ("東京都", 4, "東…"),
        ("a\tb\x07", 9, "a b\N{REPLACEMENT CHARACTER}"),
        ("abc", 1, "…"),
    ],
)
def test_cut(text, width, expected):
    assert cut(text, width) == expected
    assert cell_width(cut(text, width)) <= width


def test_pad_counts_columns():
    assert pad("東", 4) == "東  "


def test_printable_keeps_what_people_write():
    assert printable("naïve – 東京 🎉") == "naïve – 東京 🎉"  # noqa: RUF001
    assert printable("a\x00\u202e\r\nb") == "a\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}  b"


def test_counted():
    assert [counted(n, "lock") for n in (0, 1, 2)] == ["0 locks", "1 lock", "2 locks"]


def test_paint_drops_trailing_blanks_and_colours_words_only():
    line = (Span("a "), Span("bad  ", "error"), Span("  "))
    assert paint([line, ()], colour=False) == "a bad\n\n"
    assert paint([(Span("warn  ", "warning"), Span("x"))], colour=True) == "\x1b[33mwarn\x1b[0m  x\n"


def test_a_place_keeps_its_end():
    assert cut_front("sales/Dockerfile:28", 19) == "sales/Dockerfile:28"
    assert cut_front("sales/Dockerfile:28", 14) == "…Dockerfile:28"
