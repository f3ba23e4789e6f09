from __future__ import annotations

import pytest

from dagster_commons.model.plan import FileEffect, SubmoduleEffect, SubmoduleRecord
from dagster_commons.report.patch import unified_diff
from drawn_uses import ROOT


def diff_of(before, after, name="a.txt"):
    return unified_diff([FileEffect(path=ROOT / name, before=before, after=after)], ROOT)[2:]


def record(commit):
    return SubmoduleRecord(name="shared", url="u", commit=commit, git_dir=ROOT)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (b"a\nb\n", b"a\nc\n", ("@@ -1,2 +1,2 @@", " a", "-b", "+c")),
        (b"a", b"a\n", ("@@ -1 +1 @@", "-a", "\\ No newline at end of file", "+a")),
        (b"a\r\n", b"a\n", ("@@ -1 +1 @@", "-a^M", "+a")),
        (b"-- x\n", b"++ y\n", ("@@ -1 +1 @@", "--- x", "+++ y")),
        (b"", b"\tx\x1b[0m\n", ("@@ -0,0 +1 @@", "+\tx\N{REPLACEMENT CHARACTER}[0m")),
        (b"a\x0cb\n", b"", ("@@ -1 +0,0 @@", "-a b")),
        (None, b"\n", ("@@ -0,0 +1 @@", "+")),
    ],
)
def test_lines_of_a_diff(before, after, expected):
    assert diff_of(before, after) == expected


def test_files_are_sorted_and_named_as_git_does():
    effects = [
        FileEffect(path=ROOT / "z", before=None, after=b"z\n"),
        FileEffect(path=ROOT / "a", before=b"a\n", after=None),
        FileEffect(path=ROOT / "same", before=b"a\n", after=b"a\n"),
    ]
    assert [line for line in unified_diff(effects, ROOT) if line.startswith(("---", "+++"))] == [
        "--- a/a",
        "+++ /dev/null",
        "--- /dev/null",
        "+++ b/z",
    ]


def test_what_is_no_text_is_named_only():
    effect = FileEffect(path=ROOT / "x.whl", before=None, after=b"\xff\x00")
    assert unified_diff([effect], ROOT) == ("Binary files /dev/null and b/x.whl differ",)


def test_a_whole_new_lock_is_counted_but_its_changes_are_shown():
    lock = b"".join(b"line %d\n" % i for i in range(500))
    assert diff_of(None, lock, "sales/uv.lock") == ("(500 lines of a lock, not shown)",)
    assert diff_of(lock, lock + b"more\n", "sales/uv.lock")[-1] == "+more"
    assert len(diff_of(None, lock, "other.txt")) == 501


def test_a_submodule_shows_gitmodules_and_its_commit():
    effect = SubmoduleEffect(
        repository=ROOT / "m",
        path=ROOT / "m/shared",
        before=record("1" * 40),
        after=record("2" * 40),
        gitmodules_before=None,
        gitmodules_after=b"[submodule]\n",
    )
    assert unified_diff([effect], ROOT) == (
        "--- /dev/null",
        "+++ b/m/.gitmodules",
        "@@ -0,0 +1 @@",
        "+[submodule]",
        "--- a/m/shared",
        "+++ b/m/shared",
        "@@ -1 +1 @@",
        f"-Subproject commit {'1' * 40}",
        f"+Subproject commit {'2' * 40}",
    )


def test_a_new_submodule():
    effect = SubmoduleEffect(
        repository=ROOT,
        path=ROOT / "shared",
        before=None,
        after=record("2" * 40),
        gitmodules_before=b"",
        gitmodules_after=b"",
    )
    assert unified_diff([effect], ROOT) == (
        "--- /dev/null",
        "+++ b/shared",
        "@@ -0,0 +1 @@",
        f"+Subproject commit {'2' * 40}",
    )
