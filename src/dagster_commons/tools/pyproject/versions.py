"""The project's own version."""

from __future__ import annotations

from dagster_commons.tools.pyproject.documents import string, strings
from dagster_commons.tools.pyproject.layout import layout_of
from dagster_commons.tools.pyproject.lines import line_of
from dagster_commons.tools.pyproject.splices import spliced, string_literal
from dagster_commons.tools.pyproject.verification import parsed, proven, refuse, with_value

_VERSION = ("project", "version")


def set_version(text: str, version: str) -> str:
    """`text` with another static `[project] version`.

    Raises:
        UsageError: the version is dynamic, missing or cannot be edited.

    """
    document = parsed(text)
    value = layout_of(text).value(_VERSION)
    if "version" in strings(document, "project", "dynamic"):
        refuse("its version is dynamic, set by the build backend", line=line_of(text, "project", "dynamic"))
    if string(document, *_VERSION) is None or value is None:
        refuse("it has no [project] version", by_hand=f'[project] version = "{version}"', line=line_of(text, "project"))
    quote = text[value.start]
    edited = spliced(text, [(value.start, value.end, string_literal(version, quote=quote))])
    return proven(edited, with_value(document, _VERSION, version), by_hand=f'[project] version = "{version}"')
