"""CI files in YAML -> steps, commands and settings.

GitHub's steps are read as what they are; in any other service's file whatever stands under a key that holds commands.
Sources: GitHub's workflow syntax, GitLab's CI/CD YAML reference, the configuration references of CircleCI, Azure
Pipelines, Bitbucket Pipelines, Buildkite and Cloud Build.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import yaml

from dagster_commons.analysis.build_files.shell import commands, numbered
from dagster_commons.analysis.build_files.unreadable import UnreadableYamlError
from dagster_commons.model.build_files import CiStep, Command, Setting

if TYPE_CHECKING:
    from collections.abc import Iterator

_COMMAND_KEYS = frozenset(
    {"run", "script", "before_script", "after_script", "command", "commands", "bash", "pwsh", "inlineScript", "install"}
)
_ENVIRONMENT_KEYS = frozenset({"env", "variables", "environment"})


@dataclass(kw_only=True)
class _Found:
    steps: list[CiStep] = field(default_factory=list)
    settings: list[Setting] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)


def ci_contents(text: str) -> tuple[tuple[CiStep, ...], tuple[Setting, ...]]:
    """The steps of every job, and every environment variable that the file sets.

    Raises:
        UnreadableYamlError: the text is no YAML.

    """
    found = _Found()
    for document in documents(text):
        _walk(document, (), found)
    return tuple(found.steps), tuple(found.settings)


def compose_builds(text: str) -> tuple[CiStep, ...]:
    """The services of a compose file that are built here, with `context` and `dockerfile` as inputs.

    Raises:
        UnreadableYamlError: the text is no YAML.

    """
    found: list[CiStep] = []
    for document in documents(text):
        for service, line, node in pairs(child(document, "services")):
            build = child(node, "build")
            short = scalar(build)
            context = () if short is None else (Setting(name="context", value=short, line=line),)
            if build is not None:
                found.append(CiStep(job=service, line=line, inputs=context or tuple(_settings(build))))
    return tuple(found)


def documents(text: str) -> tuple[yaml.Node, ...]:
    """The nodes of `text`, which may be several documents; tags are not resolved.

    Raises:
        UnreadableYamlError: the text is no YAML.

    """
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return tuple(yaml.compose_all(text, Loader=loader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise UnreadableYamlError(str(error.problem), mark.line + 1 if mark else None) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise UnreadableYamlError(str(error), None) from error


def pairs(node: yaml.Node | None) -> Iterator[tuple[str, int, yaml.Node]]:
    """The keys of a mapping with their lines and values; nothing for any other node."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                yield str(key.value), key.start_mark.line + 1, value


def child(node: yaml.Node | None, *keys: str) -> yaml.Node | None:
    """What stands under `keys`; None where nothing does."""
    for key in keys:
        node = next((value for name, _, value in pairs(node) if name == key), None)
    return node


def scalar(node: yaml.Node | None) -> str | None:
    """The text of a scalar; None for any other node."""
    return str(node.value) if isinstance(node, yaml.ScalarNode) else None


def _walk(node: yaml.Node, path: tuple[str, ...], found: _Found) -> None:
    """Steps and variables of what stands at `path`; an anchor's node is read once."""
    if id(node) in found.seen:
        return
    found.seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        for each in node.value:
            _walk(each, path, found)
        return
    step = _step(node, path)
    if step is not None:
        found.steps.append(step)
    for name, _, value in pairs(node):
        if name in _ENVIRONMENT_KEYS:
            found.settings.extend(_settings(value))
        elif name not in _COMMAND_KEYS or isinstance(value, yaml.MappingNode):
            _walk(value, (*path, name), found)


def _step(node: yaml.Node, path: tuple[str, ...]) -> CiStep | None:
    job = path[1] if len(path) > 1 and path[0] == "jobs" else path[0] if path else ""
    uses = scalar(child(node, "uses"))
    flow = job or "file"
    run = tuple(
        command for name, _, value in pairs(node) if name in _COMMAND_KEYS for command in _commands(value, flow)
    )
    if uses is None and not run:
        return None
    inputs = tuple(_settings(child(node, "with")))
    return CiStep(job=job, line=node.start_mark.line + 1, uses=uses, inputs=inputs, commands=run)


def _commands(node: yaml.Node, flow: str) -> Iterator[Command]:
    if node.tag.startswith("!"):
        return  # GitLab's `!reference`: read where it points
    if isinstance(node, yaml.SequenceNode):
        for each in node.value:
            yield from _commands(each, flow)
    elif isinstance(node, yaml.ScalarNode):
        is_block = node.style in ("|", ">")
        first = node.start_mark.line + (2 if is_block else 1)
        text = str(node.value)
        yield from commands(numbered(text if node.style != ">" else text.strip(), first), flow)


def _settings(node: yaml.Node | None) -> Iterator[Setting]:
    for each in node.value if isinstance(node, yaml.SequenceNode) else ():
        yield from _listed_setting(each)
    for name, line, value in pairs(node):
        text = scalar(value)
        said = text if text is not None else scalar(child(value, "value"))
        if said is not None:
            yield Setting(name=name, value=said, line=line)


def _listed_setting(node: yaml.Node) -> Iterator[Setting]:
    """`- NAME=value`, or `- name: NAME` with a `value`."""
    written = scalar(node) or ""
    named, said = scalar(child(node, "name")), scalar(child(node, "value"))
    if "=" in written:
        name, _, value = written.partition("=")
        yield Setting(name=name, value=value, line=node.start_mark.line + 1)
    elif named is not None and said is not None:
        yield Setting(name=named, value=said, line=node.start_mark.line + 1)
