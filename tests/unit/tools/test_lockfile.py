from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagster_commons.errors import UsageError
from dagster_commons.tools import lockfile
from dagster_commons.tools.lockfile import Lock, LockedRequirement, LockSource

if TYPE_CHECKING:
    from collections.abc import Callable

FILE = Path("/place/uv.lock")

TEXT = """\
version = 1
revision = 3
requires-python = ">=3.11"
resolution-markers = [
    "sys_platform == 'linux'",
]

[options]
prerelease-mode = "allow"

[manifest]
members = [
    "app",
    "lib",
]
constraints = [{ name = "alpha", specifier = "<2" }]

[[package]]
name = "alpha"
version = "1.5"
source = { registry = "https://index.example.org/simple" }
dependencies = [
    { name = "beta", marker = "sys_platform == 'linux'" },
]
sdist = { url = "https://files.example.org/alpha-1.5.tar.gz", hash = "sha256:00", size = 1 }
wheels = [
    { url = "https://files.example.org/alpha-1.5-py3-none-any.whl", hash = "sha256:01", size = 2 },
]

[[package]]
name = "app"
version = "0.1.0"
source = { virtual = "." }
dependencies = [
    { name = "alpha" },
    { name = "lib", extra = ["io"] },
]

[package.optional-dependencies]
more = [
    { name = "pinned" },
]

[package.dev-dependencies]
dev = [
    { name = "two", version = "1.0", source = { registry = "../index" } },
]

[package.metadata]
requires-dist = [
    { name = "alpha", marker = "extra == 'more'", specifier = ">=1,<2" },
    { name = "beta", index = "https://private.example.org/simple", conflict = { package = "app", extra = "more" } },
    { name = "lib", extras = ["io"], editable = "../lib" },
    { name = "pinned", git = "https://git.example.org/pinned?subdirectory=lib&tag=v1.4.0" },
]
provides-extras = ["more"]

[package.metadata.requires-dev]
dev = [{ name = "two" }]
none = []

[[package]]
name = "beta"
version = "2.0"
source = { registry = "https://index.example.org/simple" }
wheels = [
    { path = "beta/beta-2.0-py3-none-any.whl" },
]

[[package]]
name = "lib"
source = { editable = "../lib" }
default-groups = ["lint"]
dependencies = [
    { name = "beta" },
]

[package.group-requires-python]
lint = ">=3.12"

[[package]]
name = "pinned"
version = "1.4.0"
source = { git = "https://git.example.org/pinned?subdirectory=lib&tag=v1.4.0#0123456789abcdef0123456789abcdef01234567" }

[[package]]
name = "two"
version = "1.0"
source = { registry = "../index" }

[[package]]
name = "two"
version = "2.0"
source = { url = "https://files.example.org/two-2.0.zip", subdirectory = "src" }
"""

WHOLE = "parsed whole"
CUT = "cut into blocks"


@pytest.fixture(params=[CUT, WHOLE])
def lock(request: pytest.FixtureRequest) -> Lock:
    return {CUT: lockfile.parse, WHOLE: lockfile.parse_whole}[request.param](TEXT.encode(), FILE)


def test_header(lock: Lock) -> None:
    assert (lock.version, lock.revision, lock.requires_python) == (1, 3, ">=3.11")
    assert lock.header["options"] == {"prerelease-mode": "allow"}
    assert lock.header["resolution-markers"] == ["sys_platform == 'linux'"]
    assert "package" not in lock.header


def test_names_and_what_is_on_disk(lock: Lock) -> None:
    assert lock.names() == ("alpha", "app", "beta", "lib", "pinned", "two")
    assert lock.local_names() == ("app", "lib")
    assert lock.package("stranger") == ()
    assert lock.versions("stranger") == ()


@pytest.mark.parametrize(
    ("name", "sources"),
    [
        ("alpha", [LockSource(kind="registry", value="https://index.example.org/simple")]),
        ("app", [LockSource(kind="virtual", value=".")]),
        ("lib", [LockSource(kind="editable", value="../lib")]),
        (
            "pinned",
            [
                LockSource(
                    kind="git",
                    value="https://git.example.org/pinned",
                    reference_kind="tag",
                    reference="v1.4.0",
                    commit="0123456789abcdef0123456789abcdef01234567",
                    subdirectory="lib",
                )
            ],
        ),
        (
            "two",
            [
                LockSource(kind="registry", value="../index"),
                LockSource(kind="url", value="https://files.example.org/two-2.0.zip", subdirectory="src"),
            ],
        ),
    ],
)
def test_sources(lock: Lock, name: str, sources: list[LockSource]) -> None:
    assert list(lock.sources(name)) == sources
    assert [package.source for package in lock.package(name)] == sources


def test_versions_are_none_where_uv_leaves_them_out(lock: Lock) -> None:
    assert {name: lock.versions(name) for name in ("alpha", "lib", "two")} == {
        "alpha": ("1.5",),
        "lib": (None,),
        "two": ("1.0", "2.0"),
    }


def test_a_local_package(lock: Lock) -> None:
    (app,) = lock.package("app")
    assert app.dependencies == ("alpha", "lib", "pinned", "two")
    assert app.provides_extras == ("more",)
    assert app.requires_dist == (
        LockedRequirement(name="alpha", specifier=">=1,<2", marker="extra == 'more'"),
        LockedRequirement(
            name="beta",
            source=LockSource(kind="registry", value="https://private.example.org/simple"),
            conflict=("extra=more", "package=app"),
        ),
        LockedRequirement(name="lib", extras=("io",), source=LockSource(kind="editable", value="../lib")),
        LockedRequirement(
            name="pinned",
            source=LockSource(
                kind="git",
                value="https://git.example.org/pinned",
                reference_kind="tag",
                reference="v1.4.0",
                subdirectory="lib",
            ),
        ),
    )
    assert app.requires_dev == (("dev", (LockedRequirement(name="two"),)), ("none", ()))
    assert app.default_groups is None


def test_what_newer_revisions_record_of_groups(lock: Lock) -> None:
    (lib,) = lock.package("lib")
    assert (lib.default_groups, lib.group_requires_python) == (("lint",), (("lint", ">=3.12"),))


@pytest.mark.parametrize(("name", "has_hashes"), [("alpha", True), ("beta", False), ("app", False)])
def test_hashes_are_present_only_if_every_artifact_has_one(lock: Lock, name: str, *, has_hashes: bool) -> None:
    assert lock.package(name)[0].has_hashes is has_hashes


def test_reachable_names(lock: Lock) -> None:
    assert lockfile.reachable_names(lock, "app") == ("alpha", "beta", "lib", "pinned", "two")
    assert lockfile.reachable_names(lock, "lib") == ("beta",)
    assert lockfile.reachable_names(lock, "beta") == ()
    assert lockfile.reachable_names(lock, "stranger") == ()


def test_reachable_names_in_a_circle() -> None:
    circle = "".join(
        f'\n[[package]]\nname = "{name}"\nversion = "1"\nsource = {{ registry = "r" }}\ndependencies = [\n'
        f'    {{ name = "{other}" }},\n]\n'
        for name, other in (("a", "b"), ("b", "a"))
    )
    lock = lockfile.parse(f'version = 1\nrequires-python = ">=3.11"\n{circle}'.encode(), FILE)
    assert lockfile.reachable_names(lock, "a") == ("b",)


NEWER = TEXT.replace('version = "1.5"', 'version = "1.10"').replace('name = "pinned"\nversion', 'name = "new"\nversion')


@pytest.mark.parametrize(
    ("ignoring", "expected"),
    [
        ((), ("alpha 1.5 → 1.10", "new added 1.4.0", "pinned removed 1.4.0")),
        (("alpha", "new"), ("pinned removed 1.4.0",)),
    ],
)
def test_version_changes(ignoring: tuple[str, ...], expected: tuple[str, ...]) -> None:
    old, new = (lockfile.parse(text.encode(), FILE) for text in (TEXT, NEWER))
    assert lockfile.version_changes(old, new, ignoring=ignoring) == expected
    assert lockfile.version_changes(old, old) == ()


def test_version_changes_between_a_computed_and_a_fixed_version() -> None:
    fixed = TEXT.replace('name = "lib"\n', 'name = "lib"\nversion = "3.0"\n')
    old, new = (lockfile.parse(text.encode(), FILE) for text in (TEXT, fixed))
    assert lockfile.version_changes(old, new) == ("lib dynamic → 3.0",)


MALFORMED = {
    "no TOML": ("version = 1\nrequires-python\n", 2),
    "cut off within a list": (TEXT[: TEXT.index("]\n\n[package.metadata]")], 46),
    "merge conflict": (TEXT.replace("[options]", "<<<<<<< HEAD\n[options]"), 8),
    "no version": ('requires-python = ">=3.11"\n', None),
    "version is no number": ('version = "1"\n', None),
    "package without source": ('version = 1\n\n[[package]]\nname = "a"\n', None),
    "unknown source": ('version = 1\n\n[[package]]\nname = "a"\nsource = { moon = "x" }\n', None),
    "package is no list": ("version = 1\npackage = 3\n", None),
}


@pytest.mark.parametrize(("text", "line"), MALFORMED.values(), ids=MALFORMED)
def test_malformed_locks_are_told_with_file_and_line(text: str, line: int | None) -> None:
    with pytest.raises(UsageError) as caught:
        lockfile.parse(text.encode(), FILE)
    assert (caught.value.file, caught.value.line) == (FILE, line)


def test_a_malformed_package_shows_when_it_is_asked_for() -> None:
    broken = TEXT.replace('{ name = "beta", marker', '{ name = "beta" marker')
    lock = lockfile.parse(broken.encode(), FILE)
    assert lock.versions("alpha") == ("1.5",)
    with pytest.raises(UsageError) as caught:
        lock.package("alpha")
    assert caught.value.line == broken[: broken.index('"beta" marker')].count("\n") + 1


def test_a_package_of_another_kind_than_uv_writes(lock: Lock) -> None:
    wrong = lockfile.parse(TEXT.replace('provides-extras = ["more"]', "provides-extras = 3").encode(), FILE)
    with pytest.raises(UsageError, match="provides-extras"):
        wrong.package("app")


def test_bytes_that_are_no_text() -> None:
    with pytest.raises(UsageError) as caught:
        lockfile.parse(b'version = 1\nrequires-python = "\xff"\n', FILE)
    assert caught.value.line == 2


def test_reading_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read the lock"):
        lockfile.read(tmp_path / "uv.lock")


def test_reading_a_file(tmp_path: Path) -> None:
    (tmp_path / "uv.lock").write_text(TEXT)
    assert lockfile.read(tmp_path / "uv.lock").names() == lockfile.parse(TEXT.encode(), FILE).names()


HAND_EDITS = {
    "none": lambda text: text,
    "CRLF": lambda text: text.replace("\n", "\r\n"),
    "space in a header": lambda text: text.replace("[[package]]", "[[ package ]]"),
    "comment after a header": lambda text: text.replace("[[package]]", "[[package]] # one"),
    "quoted header": lambda text: text.replace("[[package]]", '[["package"]]'),
    "version first": lambda text: text.replace('name = "alpha"\nversion = "1.5"', 'version = "1.5"\nname = "alpha"'),
    "single quotes": lambda text: text.replace('name = "beta"\nversion', "name = 'beta'\nversion"),
    "table after the packages": lambda text: text + "\n[extra-table]\nkey = 1\n",
    "indented table after the packages": lambda text: text + "\n  [other-table]\n  key = 1\n",
    "header moved below": lambda text: (
        text.replace('[options]\nprerelease-mode = "allow"\n', "") + '\n[options]\nprerelease-mode = "allow"\n'
    ),
    "text over several lines": lambda text: text.replace(
        "[manifest]", '[manifest]\nnote = """\n[[package]]\nname = "ghost"\n"""'
    ),
    "escapes": lambda text: text.replace('name = "two"\nversion', 'name = "t\\u0077o"\nversion'),
    "no final newline": lambda text: text.rstrip("\n"),
    "spaces in a source": lambda text: text.replace("{ virtual", "{virtual"),
    "comments": lambda text: text.replace('version = "2.0"', 'version = "2.0" # newest'),
}


@given(edits=st.lists(st.sampled_from(sorted(HAND_EDITS)), unique=True), dropped=st.sets(st.integers(0, 6)))
def test_both_ways_of_reading_give_the_same_answers(edits: list[str], dropped: set[int]) -> None:
    header, *blocks = TEXT.split("\n[[package]]\n")
    text = "\n[[package]]\n".join([header, *(block for place, block in enumerate(blocks) if place not in dropped)])
    for edit in sorted(edits, key="CRLF".__eq__):
        text = HAND_EDITS[edit](text)
    assert _answers(lockfile.parse, text) == _answers(lockfile.parse_whole, text)


def _answers(read: Callable[[bytes, Path], Lock], text: str) -> object:
    """All that a lock can be asked, or where it is malformed."""
    try:
        lock = read(text.encode(), FILE)
        return (
            (lock.version, lock.revision, lock.requires_python, lock.header),
            lock.names(),
            lock.local_names(),
            [(lock.package(name), lock.versions(name), lock.sources(name)) for name in lock.names()],
            [lockfile.reachable_names(lock, name) for name in lock.names()],
        )
    except UsageError as error:
        return error.message, error.line
