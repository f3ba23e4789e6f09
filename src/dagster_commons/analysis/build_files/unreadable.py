"""The one way in which reading a build file fails."""

from __future__ import annotations


class UnreadableYamlError(Exception):
    """The text is no YAML; `line` says where."""

    def __init__(self, message: str, line: int | None) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
