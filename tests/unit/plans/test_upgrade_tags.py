"""Which tag marks which version."""

from __future__ import annotations

import pytest

from dagster_commons.model.provenance import Tag
from dagster_commons.plans.tags import newest_version, tag_for, version_of


def tags(*names: str) -> tuple[Tag, ...]:
    return tuple(Tag(name=name, commit=f"commit of {name}") for name in names)


@pytest.mark.parametrize(
    ("tag", "version"),
    [
        ("shared-v0.2.0", "0.2.0"),
        ("shared-0.2.0", "0.2.0"),
        ("shared/v0.2.0", "0.2.0"),
        ("v0.2.0", "0.2.0"),
        ("0.2.0", "0.2.0"),
        ("v1.0rc1", "1.0rc1"),
        ("v1.0-rc.1", "1.0rc1"),
        ("Shared-v0.2.0", "0.2.0"),
        ("other-v0.2.0", None),
        ("shared-io-v0.2.0", None),
        ("release", None),
        ("v", None),
        ("v1.x", None),
        ("nightly-2024-05-01", None),
    ],
)
def test_the_version_that_a_tag_names(tag: str, version: str | None) -> None:
    assert version_of(tag, "shared") == version


@pytest.mark.parametrize(
    ("known", "like", "wanted"),
    [
        (("0.2.0", "v0.2.0", "shared-0.2.0", "shared-v0.2.0"), None, "shared-v0.2.0"),
        (("0.2.0", "v0.2.0", "shared-0.2.0"), None, "shared-0.2.0"),
        (("0.2.0", "v0.2.0"), None, "v0.2.0"),
        (("0.2.0",), None, "0.2.0"),
        (("shared-v0.2.0", "v0.2.0"), "v0.1.3", "v0.2.0"),
        (("shared-v0.2.0", "v0.2.0"), "release-1", "shared-v0.2.0"),
        (("v0.2",), None, "v0.2"),
        (("other-v0.2.0", "v0.1.0"), None, None),
    ],
)
def test_the_tag_of_a_version(known: tuple[str, ...], like: str | None, wanted: str | None) -> None:
    found = tag_for(tags(*known), "shared", "0.2.0", like=like)
    assert (found.name if found is not None else None) == wanted


@pytest.mark.parametrize(
    ("known", "newest"),
    [
        (("v0.9.0", "v0.10.0"), "0.10.0"),
        (("v0.1.0", "v0.2.0rc1"), "0.1.0"),
        (("shared-v0.2.0", "v3.0.0"), "0.2.0"),  # v3.0.0 marks something else in a repository of several modules
        (("other-v3.0.0",), None),
        ((), None),
    ],
)
def test_the_newest_version(known: tuple[str, ...], newest: str | None) -> None:
    assert newest_version(tags(*known), "shared") == newest
