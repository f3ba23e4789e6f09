"""The options that say how a module is to come: --via and its details."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import click

from dagster_commons.model.provenance import RemoteQuestion
from dagster_commons.model.sources import WRITABLE_SOURCE_KINDS
from dagster_commons.plans.by_index import asked_registries
from dagster_commons.plans.offers import Offer, Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from dagster_commons.model.workspace import Workspace

Function = TypeVar("Function", bound="Callable[..., object]")


def source_options(function: Function) -> Function:
    """--registry, --url, --tag, --subdirectory and --at, for verbs that write a source."""
    options = (
        click.option("--registry", metavar="NAME", help="index: the registry of commons.toml to take it from."),
        click.option("--url", metavar="URL", help="submodule, git: the module's repository (default: its own remote)."),
        click.option("--tag", metavar="TAG", help="submodule, git: the tag to check out or pin."),
        click.option(
            "--subdirectory", metavar="DIR", help="submodule, git: the project's directory in its repository."
        ),
        click.option("--at", "submodule_path", metavar="PATH", help="submodule: its place (default: ./MODULE)."),
    )
    for option in reversed(options):
        function = option(function)
    return function


def via_option(*, required: bool) -> Callable[[Function], Function]:
    """--via path|submodule|index|git."""
    default = "" if required else " (default: commons.toml, else path within one repository)"
    return click.option(
        "--via", type=click.Choice(WRITABLE_SOURCE_KINDS), required=required, help=f"How to share it{default}."
    )


def read_offer(workspace: Workspace, wanted: Request | None = None, *, offline: bool = False) -> Offer:
    """What there is to share: the modules' repositories, releases and versions.

    Registries on the web are asked where the module that is `wanted` may come from one, unless `offline`.

    Raises:
        ToolError: a repository or a registry cannot be read.

    """
    from dagster_commons.discovery.provenances import read_provenances  # noqa: PLC0415 - `--help` stays fast

    if wanted is None:
        return Offer(workspace=workspace, provenances=read_provenances(workspace))
    question = RemoteQuestion(
        registries=asked_registries(workspace, wanted),
        modules=(wanted.module,),
        version=wanted.version,
        is_any_module=wanted.registry is not None,
        offline=offline,
    )
    return Offer(workspace=workspace, provenances=read_provenances(workspace, question))


def request(module: str, version: str | None, via: str | None, details: dict[str, Any]) -> Request:
    """The request that the options make."""
    kind = next((each for each in WRITABLE_SOURCE_KINDS if each == via), None)
    return Request(module=module, version=version, via=kind, **details)
