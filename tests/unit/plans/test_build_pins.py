"""Build backends in one version each, without overruling the project."""

from __future__ import annotations

import pytest

from dagster_commons.plans.build_pins import VERSIONS, build_pins

OURS = f"hatchling=={VERSIONS['hatchling']}"


@pytest.mark.parametrize(
    ("requires", "own", "pins", "floating"),
    [
        pytest.param(("hatchling",), (), (OURS,), (), id="any version: ours"),
        pytest.param(("Hatchling>=1.20",), (), (OURS,), (), id="a range that admits ours"),
        pytest.param(("hatchling==1.26.3",), (), ("hatchling==1.26.3",), (), id="an exact pin of the project's"),
        pytest.param(("hatchling==1.26.*",), (), (), ("hatchling",), id="a range of patch releases"),
        pytest.param(("hatchling<1.20",), (), (), ("hatchling",), id="a range that excludes ours"),
        pytest.param(("hatchling",), ("hatchling==1.27.0",), ("hatchling==1.27.0",), (), id="a constraint of its own"),
        pytest.param(("acme-backend",), (), (), ("acme-backend",), id="a backend that we do not know"),
        pytest.param(("acme @ https://example.com/acme.whl",), (), (), (), id="a file that is named"),
        pytest.param(("uv_build>=0.9,<1",), (), ("uv-build==0.13.9",), (), id="uv builds itself"),
        pytest.param(("uv_build>=0.9,<0.10",), (), (), ("uv-build",), id="an older uv"),
        pytest.param(("hatchling", "hatch-vcs"), (), ("hatch-vcs==0.5.0", OURS), (), id="plugins, too"),
        pytest.param(("not a requirement!",), (), (), (), id="left to the backend's own error"),
    ],
)
def test_which_version_builds(
    requires: tuple[str, ...], own: tuple[str, ...], pins: tuple[str, ...], floating: tuple[str, ...]
) -> None:
    found = build_pins(requires, own, uv_version="0.13.9")

    assert (found.pins, found.floating) == (pins, floating)
