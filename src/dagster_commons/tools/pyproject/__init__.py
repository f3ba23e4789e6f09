"""pyproject.toml, text to text: values read, and edits that keep every byte they do not concern.

An edit parses the text before and after; unless the value differs by exactly what was asked for, it raises UsageError
and says what to write by hand.  Texts are whole files, line endings as in the file (read with `newline=""`).
"""

from __future__ import annotations

from dagster_commons.tools.pyproject.documents import (
    Document,
    RequirementEntry,
    comparable,
    elements,
    module_entries,
    read,
    source_key,
    source_tables,
    string,
    strings,
    table,
    tables,
    without_module,
)
from dagster_commons.tools.pyproject.indexes import add_index, remove_index
from dagster_commons.tools.pyproject.lines import LineIndex, comment_on, line_of
from dagster_commons.tools.pyproject.requirements import (
    add_constraint,
    add_dependency,
    add_override,
    remove_constraint,
    remove_dependency,
    replace_dependency,
)
from dagster_commons.tools.pyproject.sources import remove_source, set_source, set_source_value
from dagster_commons.tools.pyproject.verification import editing
from dagster_commons.tools.pyproject.versions import set_version

__all__ = [
    "Document",
    "LineIndex",
    "RequirementEntry",
    "add_constraint",
    "add_dependency",
    "add_index",
    "add_override",
    "comment_on",
    "comparable",
    "editing",
    "elements",
    "line_of",
    "module_entries",
    "read",
    "remove_constraint",
    "remove_dependency",
    "remove_index",
    "remove_source",
    "replace_dependency",
    "set_source",
    "set_source_value",
    "set_version",
    "source_key",
    "source_tables",
    "string",
    "strings",
    "table",
    "tables",
    "without_module",
]
