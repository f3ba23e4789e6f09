"""TOML and YAML files as values with line numbers.  What is wrong in them becomes findings, never an exception."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias, cast

from dagster_commons.model.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import yaml

Key: TypeAlias = "str | int"

_HEADER = re.compile(r"\s*\[{1,2}([^\[\]]+)\]{1,2}\s*(?:#.*)?$")
_HEADER_PART = re.compile(r""""[^"]*"|'[^']*'|[A-Za-z0-9_-]+""")

UNREADABLE = "FILE001"  # the file cannot be read or parsed
MALFORMED = "FILE002"  # something in the file is not what its format says


@dataclass(kw_only=True)
class Document:
    """A parsed file.

    The typed getters answer "absent" where the file holds something of another type, and record a finding with its
    line; `findings` grows while the file is being read.
    """

    file: Path
    values: Mapping[str, object]
    line_of: Callable[[tuple[Key, ...]], int | None]
    findings: list[Finding] = field(default_factory=list)

    def line(self, *keys: Key) -> int | None:
        """The line (from 1) of what stands under `keys`, or of the nearest thing around it that is there."""
        return next((line for end in range(len(keys), 0, -1) if (line := self.line_of(keys[:end])) is not None), None)

    def value(self, *keys: Key) -> object:
        """What stands under `keys`, whatever its type; None where nothing does."""
        found: object = self.values
        for key in keys:
            found = _child(found, key)
        return found

    def table(self, *keys: Key) -> Mapping[str, object]:
        found = self.value(*keys)
        if found is None or (isinstance(found, dict) and all(isinstance(key, str) for key in found)):
            return cast("Mapping[str, object]", found or {})
        self.complain(f"`{_dotted(keys)}` must be a table", *keys)
        return {}

    def items(self, *keys: Key) -> tuple[object, ...]:
        found = self.value(*keys)
        if found is None or isinstance(found, list):
            return tuple(found or ())
        self.complain(f"`{_dotted(keys)}` must be a list", *keys)
        return ()

    def text(self, *keys: Key) -> str | None:
        found = self.value(*keys)
        if found is None or isinstance(found, str):
            return found
        self.complain(f"`{_dotted(keys)}` must be a string", *keys)
        return None

    def texts(self, *keys: Key) -> tuple[tuple[int, str], ...]:
        """The strings of a list with their positions."""
        return tuple(
            (position, text)
            for position in range(len(self.items(*keys)))
            if (text := self.text(*keys, position)) is not None
        )

    def flag(self, *keys: Key) -> bool | None:
        found = self.value(*keys)
        if found is None or isinstance(found, bool):
            return found
        self.complain(f"`{_dotted(keys)}` must be true or false", *keys)
        return None

    def complain(self, message: str, *keys: Key, fix: str | None = None) -> None:
        """Record a finding about what stands under `keys`."""
        self.findings.append(
            Finding(
                rule=MALFORMED,
                severity="error",
                subject=self.file.name,
                message=message,
                file=self.file,
                line=self.line(*keys),
                fix=fix,
            )
        )


def read_toml(file: Path) -> Document | Finding:
    """The parsed file, or the finding that says why it cannot be."""
    import toml_rs  # noqa: PLC0415 - lazy: most runs find every file in the cache of facts

    text = _read_text(file)
    if isinstance(text, Finding):
        return text
    try:
        values = toml_rs.loads(text)
    except toml_rs.TOMLDecodeError as error:
        return unreadable(file, f"malformed TOML: {str(error).splitlines()[-1]}", line=error.lineno)
    return Document(file=file, values=values, line_of=_TomlLines(text).line_of)


def read_yaml(file: Path) -> Document | Finding:
    """The parsed file (empty counts as an empty table), or the finding that says why it cannot be."""
    import yaml  # noqa: PLC0415 - lazy: most repositories have no YAML for us

    text = _read_text(file)
    if isinstance(text, Finding):
        return text
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
    try:
        node = loader.get_single_node()
        values = loader.construct_document(node) if node is not None else {}
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return unreadable(file, f"malformed YAML: {error.problem}", line=mark.line + 1 if mark else None)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        return unreadable(file, f"malformed YAML: {error}", line=None)
    finally:
        loader.dispose()
    if not isinstance(values, dict):
        return unreadable(file, "the file must hold a mapping", line=1)
    return Document(file=file, values=values, line_of=lambda keys: _yaml_line(node, keys))


def unreadable(file: Path, message: str, *, line: int | None) -> Finding:
    """The finding for a file that cannot be read or parsed."""
    return Finding(rule=UNREADABLE, severity="error", subject=file.name, message=message, file=file, line=line)


def broken_reference(file: Path, line: int | None, message: str) -> Finding:
    """The finding for a file that is well formed but names or repeats what it must not."""
    return Finding(rule=MALFORMED, severity="error", subject=file.name, message=message, file=file, line=line)


def _read_text(file: Path) -> str | Finding:
    try:
        return file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        return unreadable(file, f"the file cannot be read: {error.strerror}", line=None)
    except UnicodeDecodeError as error:
        return unreadable(file, f"the file is not UTF-8: {error.reason} at byte {error.start}", line=None)


def _child(value: object, key: Key) -> object:
    """What stands under `key` in a table or list; None where nothing does."""
    if isinstance(key, str):
        return value.get(key) if isinstance(value, dict) else None
    return value[key] if isinstance(value, list) and key < len(value) else None


def _dotted(keys: tuple[Key, ...]) -> str:
    return "".join(f"[{key + 1}]" if isinstance(key, int) else f".{key}" for key in keys).removeprefix(".")


@dataclass(kw_only=False)
class _TomlLines:
    """Where keys stand, parsed only when somebody asks."""

    text: str

    @cached_property
    def nodes(self) -> object:
        import toml_rs  # noqa: PLC0415 - lazy, as above

        return toml_rs.load_with_metadata(self.text).meta["nodes"]

    @cached_property
    def headers(self) -> Mapping[tuple[str, ...], int]:
        """The first line of `[table]` or `[[table]]`; one that has only sub-tables begins with the first of them."""
        found: dict[tuple[str, ...], int] = {}
        for number, line in enumerate(self.text.splitlines(), start=1):
            header = _HEADER.match(line)
            parts = tuple(part.strip("\"'") for part in _HEADER_PART.findall(header[1])) if header else ()
            for end in range(1, len(parts) + 1):
                found.setdefault(parts[:end], number)
        return found

    def line_of(self, keys: tuple[Key, ...]) -> int | None:
        node = self.nodes
        for key in keys:
            node = _child(node["value"] if isinstance(node, dict) and _is_value(node) else node, key)
            if node is None:
                return None
        if isinstance(node, dict) and not _is_value(node):
            header = self.headers.get(tuple(key for key in keys if isinstance(key, str)))
            return header if header is not None else min(_lines_below(node), default=None)
        return min(_lines_below(node), default=None)


def _is_value(node: Mapping[str, object]) -> bool:
    """Whether the node describes a value (`key_line` and the like are numbers), and is not a table of nodes."""
    return "value" in node and not isinstance(node.get("key_line", node.get("value_line")), dict | None)


def _lines_below(node: object) -> list[int]:
    if not isinstance(node, dict):
        return []
    if _is_value(node):
        line = node.get("key_line", node.get("value_line"))
        return [line[0] if isinstance(line, tuple) else cast("int", line)]
    return [line for child in node.values() for line in _lines_below(child)]


def _yaml_line(node: yaml.Node | None, keys: tuple[Key, ...]) -> int | None:
    import yaml  # noqa: PLC0415 - lazy, as above

    line: int | None = None
    for key in keys:
        if isinstance(node, yaml.MappingNode):
            pair = next((pair for pair in node.value if pair[0].value == key), None)
            if pair is None:
                return None
            line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
            node = node.value[key]
            line = node.start_mark.line + 1
        else:
            return None
    return line
