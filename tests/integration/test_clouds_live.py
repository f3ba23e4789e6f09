"""The clouds themselves, for whoever has an account: `COMMONS_LIVE_REGISTRIES` names a commons.toml with registries.

With `COMMONS_LIVE_PUBLISH` a small wheel of a version that is new every time is uploaded, and stays there.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from clouds import CLOUD_KINDS, USERS
from dagster_commons.discovery.configuration import read_configuration
from dagster_commons.errors import VersionPolicyError
from dagster_commons.model.configuration import RemoteRegistry
from dagster_commons.tools.indexes.login import log_in
from dagster_commons.tools.indexes.remote import RemoteIndex
from wheelhouse import write_wheel

if TYPE_CHECKING:
    from dagster_commons.model.configuration import RegistryKind

NAMED, PUBLISHING = "COMMONS_LIVE_REGISTRIES", "COMMONS_LIVE_PUBLISH"
MODULE = "dagster-commons-live-test"

every_kind = pytest.mark.parametrize("kind", CLOUD_KINDS)


@pytest.fixture
def registry(kind: RegistryKind) -> RemoteRegistry:
    named = os.environ.get(NAMED)
    if named is None:
        pytest.skip(f"{NAMED} names no commons.toml with registries in real clouds")
    for each in read_configuration(Path(named).expanduser().parent).registries:
        if isinstance(each, RemoteRegistry) and each.kind == kind:
            return each
    pytest.skip(f"{named} has no registry of kind {kind}")


@every_kind
def test_it_lets_us_in_and_nobody_else(registry: RemoteRegistry) -> None:
    found = log_in(registry, MODULE)

    assert found.user == USERS[registry.kind]
    assert found.expires is not None
    assert found.nobody in {"refused", "unclear"}


@every_kind
def test_what_is_published_is_listed_once_with_its_digest(registry: RemoteRegistry, tmp_path: Path) -> None:
    if PUBLISHING not in os.environ:
        pytest.skip(f"{PUBLISHING} is not set")
    index, version = RemoteIndex(registry=registry), f"0.0.{int(time.time())}"
    wheel = write_wheel(tmp_path / "one", MODULE, version)

    assert index.publish((wheel,)) == (wheel,)
    assert index.publish((wheel,)) == ()
    (release,) = (each for each in index.releases(MODULE) if each.version == version)
    assert index.metadata(MODULE, release).version == version
    with pytest.raises(VersionPolicyError):
        index.publish((write_wheel(tmp_path / "other", MODULE, version, source="other = 1"),))
