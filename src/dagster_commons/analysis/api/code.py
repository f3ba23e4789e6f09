"""Whether two pieces of source are the same code: comments, docstrings, layout and what is defined inside left out."""

from __future__ import annotations

import ast
import hashlib
import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dagster_commons.model.api import Code


def is_same_code(old: Code, new: Code) -> bool:
    """Whether both do the same as far as their syntax trees say."""
    if old.text is not None and old.text == new.text:
        return True
    return digest_of(old) == digest_of(new)


def digest_of(code: Code) -> str:
    """What the code comes to."""
    if code.digest is not None or code.text is None:
        return code.digest or ""
    try:
        parts: list[str] = []
        for node in _own(ast.parse(textwrap.dedent(code.text))):
            _spell(node, parts)
        text = "".join(parts)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        text = code.text
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _spell(value: object, parts: list[str]) -> None:
    """A syntax tree in words that are the same for every version of Python: `ast.dump` writes what is empty or not."""
    if isinstance(value, ast.AST):
        parts.append(f"{type(value).__name__}(")
        for name in value._fields:
            each = getattr(value, name, None)
            if name != "ctx" and each is not None and each != []:
                parts.append(f"{name}=")
                _spell(each, parts)
        parts.append(")")
    elif isinstance(value, list):
        for each in value:
            _spell(each, parts)
            parts.append(",")
    else:
        parts.append(repr(value))


def _own(tree: ast.Module) -> list[ast.AST]:
    """Of a text that is one definition, what it does; else the statements of the module."""
    first = tree.body[0] if len(tree.body) == 1 else None
    if isinstance(first, ast.ClassDef):
        return [*_without_docstring(first.body), *first.bases, *(each.value for each in first.keywords)]
    if isinstance(first, ast.FunctionDef | ast.AsyncFunctionDef):
        return list(_without_docstring(first.body))
    return list(tree.body)


def _without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    first = body[0] if body else None
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        return body[1:]
    return body
