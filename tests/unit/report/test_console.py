from __future__ import annotations

import io
import time

import pytest

from dagster_commons.report import console


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("stream", "environment", "expected"),
    [
        (Terminal(), {}, True),
        (io.StringIO(), {}, False),
        (Terminal(), {"NO_COLOR": "1"}, False),
        (Terminal(), {"NO_COLOR": ""}, True),
        (io.StringIO(), {"FORCE_COLOR": "1"}, True),
        (Terminal(), {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        (Terminal(), {"TERM": "dumb"}, False),
    ],
)
def test_colour(stream, environment, expected):
    assert console.is_coloured(stream, environment) is expected


def test_width_of_a_pipe_is_80(monkeypatch):
    monkeypatch.setenv("COLUMNS", "132")
    assert console.width(io.StringIO()) == 80
    assert console.width(Terminal()) == 132


def test_what_a_stream_cannot_encode_is_replaced(monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr("sys.stdout", stream)
    console.write("3 uses · …\n")
    assert stream.buffer.getvalue() == b"3 uses ? ?\n"


def test_a_lone_surrogate_of_a_file_name_does_not_break_the_report(monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    monkeypatch.setattr("sys.stderr", stream)
    console.write_error("caf\udce9\n")
    assert stream.buffer.getvalue() == b"caf?\n"


@pytest.mark.parametrize(("stream", "shows"), [(Terminal(), True), (io.StringIO(), False)])
def test_progress_shows_on_a_terminal_once_it_takes_long(monkeypatch, stream, shows):
    monkeypatch.setattr("sys.stderr", stream)
    monkeypatch.setattr(console, "PROGRESS_DELAY_SECONDS", 0.01)
    with console.progress("staging", total=2) as steps:
        deadline = time.monotonic() + (10 if shows else 0.2)
        while not stream.getvalue() and time.monotonic() < deadline:
            time.sleep(0.01)
        steps.step("uv lock in sales")
    assert bool(stream.getvalue()) is shows


def test_progress_stays_away_from_what_is_quick(monkeypatch):
    stream = Terminal()
    monkeypatch.setattr("sys.stderr", stream)
    with console.progress("reading") as steps:
        steps.step("one")
    assert stream.getvalue() == ""
