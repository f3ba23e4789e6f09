"""Deployments drawn in one line each, for tests of pure functions."""

from __future__ import annotations

from dagster_commons.model.deployment import DeployedLocation, Deployment, Library

URL = "https://dagster.example.com"


def runs(name: str, **versions: str) -> DeployedLocation:
    """A location that tells `versions` of libraries, beside Dagster's own."""
    told = {"dagster": "1.13.27", **versions}
    return DeployedLocation(
        name=name, libraries=tuple(Library(name=each, version=version) for each, version in sorted(told.items()))
    )


def fails(name: str, error: str) -> DeployedLocation:
    return DeployedLocation(name=name, error=error)


def deployment(*locations: DeployedLocation) -> Deployment:
    return Deployment(url=URL, locations=tuple(sorted(locations, key=lambda each: each.name)))
