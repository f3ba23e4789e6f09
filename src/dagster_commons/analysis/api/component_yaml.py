"""What a change of a component's attributes asks of the YAML of those who use it: file, line, what to write instead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml

from dagster_commons.model.api import YamlChange

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dagster_commons.model.api import ApiObject, Surface

_COMPONENTS = ("Component", "StateBackedComponent", "Resolvable")


@dataclass(frozen=True, slots=True, kw_only=True)
class YamlFile:
    """A YAML file of a code location; `shown` is how it is named in reports."""

    shown: str
    text: str


def yaml_changes(before: Surface, after: Surface, files: Iterable[YamlFile]) -> tuple[YamlChange, ...]:
    """Every place in `files` that says of a component of `before` what `after` does not take; sorted.

    A file that is no YAML says nothing here: loading the definitions tells it.
    """
    components = {path: each for path, each in _components(before).items() if path in after.names}
    found = [
        change
        for file in files
        for kind, line, attributes in _uses(file.text)
        if kind in components
        for change in _asked(file.shown, kind, line, attributes, (components[kind], after.objects[after.names[kind]]))
    ]
    return tuple(sorted(found, key=lambda each: (each.file, each.line, each.advice)))


def _components(surface: Surface) -> dict[str, ApiObject]:
    """The public components by the paths that `type:` may name."""
    objects = ((path, surface.objects[definition]) for path, definition in surface.names.items())
    return {
        path: each
        for path, each in objects
        if each.kind == "class" and any(base.rpartition(".")[2] in _COMPONENTS for base in each.ancestors)
    }


def _uses(text: str) -> Iterator[tuple[str, int, Mapping[str, int]]]:
    """Each `type:` of the documents with its line, and the attributes beside it with theirs."""
    try:
        documents = list(yaml.compose_all(text, Loader=yaml.SafeLoader))
    except yaml.YAMLError:
        return
    for node in documents:
        yield from _in_node(node)


def _in_node(node: yaml.Node) -> Iterator[tuple[str, int, Mapping[str, int]]]:
    if isinstance(node, yaml.SequenceNode):
        for each in node.value:
            yield from _in_node(each)
    if not isinstance(node, yaml.MappingNode):
        return
    entries = {key.value: (key, value) for key, value in node.value if isinstance(key, yaml.ScalarNode)}
    kind = entries.get("type")
    if kind is not None and isinstance(kind[1], yaml.ScalarNode):
        attributes = entries.get("attributes")
        keys = attributes[1].value if attributes is not None and isinstance(attributes[1], yaml.MappingNode) else []
        yield kind[1].value, kind[0].start_mark.line + 1, {key.value: key.start_mark.line + 1 for key, _ in keys}
    for _, value in node.value:
        yield from _in_node(value)


def _asked(
    file: str, kind: str, line: int, attributes: Mapping[str, int], pair: tuple[ApiObject, ApiObject]
) -> Iterator[YamlChange]:
    before, after = ({each.name: each for each in side.fields} for side in pair)
    gone = [name for name in before if name not in after]
    came = [name for name in after if name not in before]
    renamed = {name: _renamed(name, gone, came, pair) for name in gone}
    for name in gone:
        if name in attributes:
            new = renamed[name]
            advice = f"write `{new}:` instead of `{name}:`" if new is not None else f"take `{name}:` out"
            yield YamlChange(file=file, line=attributes[name], component=kind, advice=advice)
    for name, field in after.items():
        is_new = name in came and name not in renamed.values()
        became = name in before and not before[name].is_required
        if field.is_required and (is_new or became) and name not in attributes:
            yield YamlChange(
                file=file, line=line, component=kind, advice=f"add `{name}:` ({field.annotation or 'any'})"
            )


def _renamed(name: str, gone: list[str], came: list[str], pair: tuple[ApiObject, ApiObject]) -> str | None:
    """The field that stands where `name` stood, and is alike."""
    old, new = ([(each.name, each.annotation, each.default) for each in side.fields] for side in pair)
    position = next(place for place, each in enumerate(old) if each[0] == name)
    if len(gone) != len(came) or position >= len(new) or new[position][0] not in came:
        return None
    return new[position][0] if new[position][1:] == old[position][1:] else None
