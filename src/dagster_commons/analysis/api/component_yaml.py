"""What a change of a component's attributes asks of the YAML of those who use it: file, line, what to write instead."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml

from dagster_commons.analysis.api import types
from dagster_commons.model.api import YamlChange

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dagster_commons.analysis.api.types import Type
    from dagster_commons.model.api import ApiObject, Parameter, Surface

_COMPONENTS = ("Component", "StateBackedComponent", "Resolvable")
_LISTS = frozenset({"list", "Sequence", "Iterable", "Collection", "tuple", "set", "frozenset"})
_TABLES = frozenset({"dict", "Mapping"})
_OWN_WAY = "Resolver"  # an annotation with one says how a field is read: what YAML holds is another type


@dataclass(frozen=True, slots=True, kw_only=True)
class YamlFile:
    """A YAML file of a code location; `shown` is how it is named in reports."""

    shown: str
    text: str


def yaml_changes(before: Surface, after: Surface, files: Iterable[YamlFile]) -> tuple[YamlChange, ...]:
    """Every place in `files` that says of a component of `before` what `after` does not take; sorted.

    Models inside of attributes are followed.  A file that is no YAML says nothing here: loading the definitions tells.
    """
    found = {
        change
        for file in files
        for use in _uses(file.text)
        for change in _Reading(before=before, after=after, file=file.shown, component=use.kind).changes(use)
    }
    return tuple(sorted(found, key=lambda each: (each.file, each.line, each.advice)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Use:
    """A `type:` in a document, and the attributes beside it."""

    kind: str
    line: int
    attributes: yaml.MappingNode | None


def _uses(text: str) -> Iterator[_Use]:
    try:
        documents = list(yaml.compose_all(text, Loader=yaml.SafeLoader))
    except yaml.YAMLError:
        return
    for node in documents:
        yield from _in_node(node)


def _in_node(node: yaml.Node) -> Iterator[_Use]:
    if isinstance(node, yaml.SequenceNode):
        for each in node.value:
            yield from _in_node(each)
    if not isinstance(node, yaml.MappingNode):
        return
    entries = _entries(node)
    kind = entries.get("type")
    if kind is not None and isinstance(kind[1], yaml.ScalarNode):
        given = entries["attributes"][1] if "attributes" in entries else None
        attributes = given if isinstance(given, yaml.MappingNode) else None
        yield _Use(kind=kind[1].value, line=kind[0], attributes=attributes)
    for _, value in node.value:
        yield from _in_node(value)


def _entries(node: yaml.MappingNode | None) -> dict[str, tuple[int, yaml.Node]]:
    """Line and value of each key."""
    pairs = node.value if node is not None else ()
    return {key.value: (_line(key), value) for key, value in pairs if isinstance(key, yaml.ScalarNode)}


def _line(node: yaml.Node) -> int:
    return node.start_mark.line + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """One use of a component, beside what both versions take."""

    before: Surface
    after: Surface
    file: str
    component: str

    def changes(self, use: _Use) -> Iterator[YamlChange]:
        old = _component(self.before, use.kind)
        if old is None or use.kind in self.after.imported:
            return
        new = self.after.objects.get(self.after.names.get(use.kind, ""))
        if new is not None:
            yield from self._asked(use.line, use.attributes, (old, new))
        elif use.kind.rpartition(".")[0] not in (*self.after.lazy, *self.after.unseen):
            yield self._change(use.line, self._elsewhere(use.kind))

    def _elsewhere(self, kind: str) -> str:
        name = kind.rpartition(".")[2]
        places = [each for each in self.after.names if each.rpartition(".")[2] == name and _component(self.after, each)]
        return f"write `type: {places[0]}`" if len(places) == 1 else f"there is no {name} any more"

    def _change(self, line: int, advice: str) -> YamlChange:
        return YamlChange(file=self.file, line=line, component=self.component, advice=advice)

    def _asked(
        self, line: int, attributes: yaml.MappingNode | None, pair: tuple[ApiObject, ApiObject]
    ) -> Iterator[YamlChange]:
        """What the attributes of a component, or of a model inside of them, have to say instead."""
        given = _entries(attributes)
        before, after = ({each.name: each for each in side.fields} for side in pair)
        gone = [name for name in before if name not in after]
        came = [name for name in after if name not in before]
        renamed = {name: _renamed(name, gone, came, pair) for name in gone}
        for name in given.keys() & renamed.keys():
            new = renamed[name]
            advice = f"write `{new}:` instead of `{name}:`" if new is not None else f"take `{name}:` out"
            yield self._change(given[name][0], advice)
        for name in after.keys() - given.keys() - set(renamed.values()):
            if after[name].is_required and not (name in before and before[name].is_required):
                yield self._change(line, f"add `{name}:` ({after[name].annotation or 'any'})")
        for name in before.keys() & after.keys() & given.keys():
            yield from self._inside(given[name][1], _taken(before[name]), _taken(after[name]))

    def _inside(self, node: yaml.Node, old: Type, new: Type) -> Iterator[YamlChange]:
        """What the value of an attribute has to say instead, by what the attribute took and takes."""
        match node:
            case yaml.SequenceNode():
                for each in node.value:
                    yield from self._inside(each, _arguments(old, _LISTS, 0), _arguments(new, _LISTS, 0))
            case yaml.MappingNode():
                yield from self._inside_mapping(node, old, new)
            case yaml.ScalarNode():
                was, now = _literals(old), _literals(new)
                if node.value in was and now and node.value not in now:
                    yield self._change(_line(node), f"write {' or '.join(now)} instead of {node.value}")

    def _inside_mapping(self, node: yaml.MappingNode, old: Type, new: Type) -> Iterator[YamlChange]:
        models = [each.name for each in old if each.name in self.before.objects]
        if len(models) == 1 and models[0] in self.after.objects:
            pair = self.before.objects[models[0]], self.after.objects[models[0]]
            yield from self._asked(_line(node), node, pair)
        elif not models:
            for _, value in node.value:
                yield from self._inside(value, _arguments(old, _TABLES, 1), _arguments(new, _TABLES, 1))


def _component(surface: Surface, path: str) -> ApiObject | None:
    """The public component that `type:` names."""
    found = surface.objects.get(surface.names.get(path, ""))
    is_one = found is not None and any(base.rpartition(".")[2] in _COMPONENTS for base in found.ancestors)
    return found if is_one else None


def _taken(field: Parameter) -> Type:
    """What YAML may hold for it, as far as the annotation says."""
    is_own = _OWN_WAY in (field.annotation or "")
    return frozenset() if is_own else types.parsed(field.annotation) or frozenset()


def _arguments(kind: Type, names: frozenset[str], position: int) -> Type:
    """What the elements of the containers among the alternatives may be."""
    found = (each.arguments[position] for each in kind if each.name in names and len(each.arguments) > position)
    return frozenset().union(*found)


def _literals(kind: Type) -> tuple[str, ...]:
    """The values that are taken, where nothing but these is."""
    values = sorted(_spelled(each.value) for each in kind if each.value is not None)
    return tuple(values) if len(values) == len([each for each in kind if each.name != types.NONE]) else ()


def _spelled(value: str) -> str:
    """A value of a Literal as YAML has it; a member of an enum stays as it is."""
    try:
        return str(ast.literal_eval(value))
    except ValueError:
        return value


def _renamed(name: str, gone: list[str], came: list[str], pair: tuple[ApiObject, ApiObject]) -> str | None:
    """The field that stands where `name` stood, and is alike."""
    old, new = ([(each.name, each.annotation, each.default) for each in side.fields] for side in pair)
    position = next(place for place, each in enumerate(old) if each[0] == name)
    if len(gone) != len(came) or position >= len(new) or new[position][0] not in came:
        return None
    return new[position][0] if new[position][1:] == old[position][1:] else None
