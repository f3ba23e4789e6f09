"""`commons.toml`: the only file of ours, and so the only one whose mistakes are errors."""

from __future__ import annotations

import datetime
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, cast
from urllib.parse import urlsplit

from dagster_commons.discovery.documents import Document, Key, read_toml
from dagster_commons.discovery.roots import CONFIGURATION_FILE
from dagster_commons.errors import UsageError
from dagster_commons.model.api import REQUIRED_BUMPS
from dagster_commons.model.configuration import (
    Acceptance,
    Configuration,
    DefaultSource,
    EmbeddedRegistry,
    LocationInputs,
    Registry,
    RegistryKind,
)
from dagster_commons.model.names import normalise_name
from dagster_commons.model.registry_kinds import REGISTRY_KEYS, remote_registry
from dagster_commons.model.sources import WRITABLE_SOURCE_KINDS, WritableSourceKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dagster_commons.model.api import RequiredBump

_DOCS = "the page `commons.toml` of the reference"
_TABLES = ("modules", "fleet", "registries", "sources", "locations", "accept", "bumps")
_ENVIRONMENT_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def read_configuration(root: Path) -> Configuration:
    """What `commons.toml` in `root` says; an empty Configuration where there is none.

    Raises:
        UsageError: the file is malformed, has a key that we do not know, or a value of a wrong type.

    """
    file = root / CONFIGURATION_FILE
    if not file.is_file():
        return Configuration()
    document = read_toml(file)
    if not isinstance(document, Document):
        raise UsageError(document.message, file=file, line=document.line, hint="correct the syntax", docs=_DOCS)
    configuration = _configuration(document, root)
    if document.findings:
        first = document.findings[0]
        raise UsageError(first.message, file=file, line=first.line, hint=first.fix, docs=_DOCS)
    return configuration


def _configuration(document: Document, root: Path) -> Configuration:
    _check_keys(document, (), _TABLES)
    _check_keys(document, ("fleet",), ("repositories",))
    registries = tuple(_registry(document, root, name) for name in document.table("registries"))
    names = tuple(each.name for each in registries)
    return Configuration(
        file=document.file,
        modules=tuple(normalise_name(text) for _, text in document.texts("modules")),
        fleet=tuple(text for _, text in document.texts("fleet", "repositories")),
        registries=registries,
        sources=tuple(_default_source(document, name, names) for name in document.table("sources")),
        locations=tuple(_location_inputs(document, name) for name in document.table("locations")),
        acceptances=tuple(_acceptance(document, position) for position in range(len(document.items("accept")))),
        bumps={rule: _raised_bump(document, rule) for rule in document.table("bumps")},
    )


def _registry(document: Document, root: Path, name: str) -> Registry:
    place = ("registries", name)
    kind = cast("RegistryKind", _required(document, place, "kind", one_of=REGISTRY_KEYS))
    keys = REGISTRY_KEYS[kind]
    _check_keys(document, place, ("kind", *(each.name for each in keys)))
    settings = {each.name: _required(document, place, each.name) for each in keys if each.is_required}
    optional = (each.name for each in keys if not each.is_required)
    settings |= {key: text for key in optional if (text := document.text(*place, key)) is not None}
    if kind == "embedded":
        return EmbeddedRegistry(name=name, directory=Path(os.path.normpath(root / settings["path"])))
    for key in ("url", "publish-url"):
        if "@" in urlsplit(settings.get(key, "")).netloc:
            hint = "leave them out; uv takes them from UV_INDEX_<NAME>_USERNAME and UV_INDEX_<NAME>_PASSWORD"
            _refuse(document, (*place, key), f"`{key}` has credentials in it, and this file is for everybody", hint)
    return remote_registry(name, kind, settings)


def _default_source(document: Document, module: str, registries: tuple[str, ...]) -> DefaultSource:
    place = ("sources", module)
    _check_keys(document, place, ("via", "registry"))
    via = cast("WritableSourceKind", _required(document, place, "via", one_of=WRITABLE_SOURCE_KINDS))
    registry = document.text(*place, "registry")
    if registry is not None and registry not in registries:
        hint = _did_you_mean(registry, registries) or f"declare it as `[registries.{registry}]`"
        _refuse(document, (*place, "registry"), f"there is no registry `{registry}`", hint)
    return DefaultSource(module=normalise_name(module), via=via, registry=registry)


def _location_inputs(document: Document, name: str) -> LocationInputs:
    place = ("locations", name)
    _check_keys(document, place, ("env", "prepare", "inputs"))
    variables = document.table(*place, "env")
    for variable in variables:
        if not _ENVIRONMENT_NAME.fullmatch(variable):
            _refuse(document, (*place, "env", variable), f"`{variable}` is no name of an environment variable")
    return LocationInputs(
        location=name,
        env=tuple((variable, document.text(*place, "env", variable) or "") for variable in variables),
        prepare=tuple(text for _, text in document.texts(*place, "prepare")),
        inputs=tuple(text for _, text in document.texts(*place, "inputs")),
    )


def _acceptance(document: Document, position: int) -> Acceptance:
    place: tuple[Key, ...] = ("accept", position)
    _check_keys(document, place, ("rule", "subject", "location", "object", "because", "until"))
    rule, location = document.text(*place, "rule"), document.text(*place, "location")
    subject, thing = document.text(*place, "subject"), document.text(*place, "object")
    is_finding, is_change = rule is not None and location is thing is None, rule is subject is None
    is_of_release = rule is not None and thing is not None and location is subject is None
    if not is_finding and not is_of_release and not (is_change and location is not None and thing is not None):
        advice = (
            "write `rule` (and `subject`) for a finding, `location` and `object` for a definitions change, `rule` and"
        )
        _refuse(
            document,
            place,
            "`[[accept]]` names neither a finding nor a change",
            f"{advice} `object` for what a release changes",
        )
    return Acceptance(
        because=_required(document, place, "because"),
        until=_date(document, (*place, "until")),
        rule=rule,
        subject=subject,
        location=location,
        object=thing,
        line=document.line(*place),
    )


def _raised_bump(document: Document, name: str) -> RequiredBump:
    """What every change by that API rule asks for here: never less than the rule, as single ones can be accepted."""
    from dagster_commons.analysis.api.rules import RULES  # noqa: PLC0415 - only who has the table pays for it

    place = ("bumps", name)
    if name not in RULES:
        hint = _did_you_mean(name, RULES) or "the page `API rules` of the reference has them"
        _refuse(document, place, f"there is no API rule `{name}`", hint)
    wanted = cast("RequiredBump", _required(document, ("bumps",), name, one_of=REQUIRED_BUMPS[1:]))
    least = RULES[name].bump
    if REQUIRED_BUMPS.index(wanted) < REQUIRED_BUMPS.index(least):
        hint = "a bump can be raised here; single changes are taken by [[accept]] with a reason"
        _refuse(document, place, f"{name} asks for {least}, and {wanted} is less", hint)
    return wanted


def _date(document: Document, keys: tuple[Key, ...]) -> datetime.date | None:
    value = document.value(*keys)
    if value is None or (isinstance(value, datetime.date) and not isinstance(value, datetime.datetime)):
        return value
    return _refuse(document, keys, f"`{keys[-1]}` must be a date", "write it without quotes: 2027-01-31")


def _required(document: Document, place: tuple[Key, ...], key: str, *, one_of: Iterable[str] | None = None) -> str:
    document.table(*place)
    text = document.text(*place, key)
    if not text:
        if document.findings:
            _refuse_first(document)
        where = ".".join(str(each) for each in place if isinstance(each, str))
        _refuse(document, (*place, key), f"`[{where}]` needs `{key}`", f'add `{key} = "…"`')
    known = tuple(one_of or (text,))
    if text not in known:
        hint = _did_you_mean(text, known) or f"it is one of {', '.join(known)}"
        _refuse(document, (*place, key), f"`{text}` is no known `{key}`", hint)
    return text


def _check_keys(document: Document, place: tuple[Key, ...], known: tuple[str, ...]) -> None:
    for key in document.table(*place):
        if key not in known:
            hint = _did_you_mean(key, known) or f"known here: {', '.join(sorted(known))}"
            _refuse(document, (*place, key), f"unknown key `{key}`", hint)


def _refuse_first(document: Document) -> NoReturn:
    first = document.findings[0]
    raise UsageError(first.message, file=first.file, line=first.line, hint=first.fix, docs=_DOCS)


def _refuse(document: Document, keys: tuple[Key, ...], message: str, hint: str | None = None) -> NoReturn:
    raise UsageError(message, file=document.file, line=document.line(*keys), hint=hint, docs=_DOCS)


def _did_you_mean(word: str, known: Iterable[str]) -> str | None:
    from difflib import get_close_matches  # noqa: PLC0415 - only a mistake pays for it

    close = get_close_matches(word, tuple(known), n=1)
    return f"did you mean `{close[0]}`?" if close else None
