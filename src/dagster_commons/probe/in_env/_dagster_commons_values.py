"""Python and Dagster values as plain JSON values and as short text, in a form that does not depend on where or when.

Standard library only, Python 3.9 syntax.  Dagster's own classes are recognised by what they offer, never imported.
"""

from __future__ import annotations

import datetime
import enum
import hashlib
import json
import os
import re
from collections.abc import Mapping
from typing import Any, Callable

ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
SECRET_NAME = re.compile(
    r"(?i)pass(word|wd|phrase)?$|secret|token|credential|private_?key|api_?key|access_?key|dsn$|_pw$"
)
# What wraps exactly one plain value: a metadata entry reads the same however it was spelled.
PLAIN_METADATA = {
    "TextMetadataValue": "text",
    "IntMetadataValue": "value",
    "FloatMetadataValue": "value",
    "BoolMetadataValue": "value",
}
# Say where a process runs, not what it may know; their values are parts of ordinary paths.
ORDINARY = frozenset(("_", "HOME", "LANG", "LC_ALL", "LOGNAME", "OLDPWD", "PATH", "PWD", "SHELL", "TMPDIR", "USER"))
MINIMUM_SECRET_LENGTH = 4
MINIMUM_VALUE_LENGTH = 8


class NormalForm:
    """Rewrites text so that it names no directory of this machine, no memory address and no variable's value."""

    def __init__(self, directories: Mapping[str, str], variables: Mapping[str, str]) -> None:
        self._replacements = {value: "${" + name + "}" for name, value in sorted(variables.items(), reverse=True)}
        self._replacements.update({path: token for path, token in directories.items() if len(path) > 1})
        self._seen: dict[str, str] = {}
        ends = r"(?=[/\\\s'\":;,)\]}>]|$)"
        places = [re.escape(each) + ends for each in sorted(directories, key=len, reverse=True) if len(each) > 1]
        values = [re.escape(each) for each in sorted(variables.values(), key=len, reverse=True)]
        self._pattern = re.compile("|".join([*places, *values])) if places or values else None

    def text(self, text: str) -> str:
        known = self._seen.get(text)
        if known is None:
            known = self._seen[text] = self._rewritten(text)
        return known

    def value(self, value: Any) -> Any:
        """A plain value with every text in it rewritten; what JSON cannot say (nan, inf) becomes text."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, (list, tuple)):
            return [self.value(each) for each in value]
        if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):  # noqa: PLR0124
            return str(value)
        return value

    def _rewritten(self, text: str) -> str:
        if self._pattern is not None:
            text = self._pattern.sub(lambda found: self._replacements[found[0]], text)
        if not text.isascii():  # what is no Unicode cannot be written
            text = text.encode("utf-8", "backslashreplace").decode("utf-8")
        return ADDRESS.sub("", text) if " at 0x" in text else text


def hidden_variables(names: frozenset[str], environment: Mapping[str, str]) -> dict[str, str]:
    """The variables whose values must not be written: all that are long enough to be told apart from other text."""
    hidden: dict[str, str] = {}
    for name in names - ORDINARY:
        value = environment.get(name, "")
        shortest = MINIMUM_SECRET_LENGTH if SECRET_NAME.search(name) else MINIMUM_VALUE_LENGTH
        if len(value) >= shortest:
            hidden[name] = value
    return hidden


def concealed(path: str, value: Any) -> Any:
    """`value`, or, under a name that says it is secret, two bytes of its digest: enough to see that it changed."""
    if isinstance(value, (bool, type(None))) or not SECRET_NAME.search(path.rpartition(".")[2]):
        return value
    if isinstance(value, str) and value.startswith("EnvVar("):
        return value
    return "hidden:" + hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:4]


def plain(value: Any, pack: Callable[[Any], Any]) -> Any:  # noqa: PLR0911 - one return per kind of value
    """`value` as None, bool, int, float, str, list or dict with text keys; an object is a dict with `__class__`.

    `pack` is Dagster's own serialisation, which is asked for objects that nothing else is known of.
    """
    if value is None or value.__class__ in (bool, int, float, str):
        return value
    if type(value).__name__ in ("EnvVar", "IntEnvVar"):
        return f"EnvVar({getattr(value, 'env_var_name', None) or value.name})"
    if isinstance(value, enum.Enum):
        return value.name
    if isinstance(value, (str, int, float)):
        return _base_value(value)
    if isinstance(value, Mapping):
        return {_key_text(key, pack): plain(each, pack) for key, each in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted((plain(each, pack) for each in value), key=_order)
    if type(value) in (list, tuple):  # records are tuples, too
        return [plain(each, pack) for each in value]
    return _plain_object(value, pack)


def text_of(value: Any) -> str:
    """Short text for a plain value: `TimeWindowPartitionMapping(start_offset=-1)`."""
    if isinstance(value, dict):
        name = value.get("__class__")
        if name is None:
            return "{" + ", ".join(f"{key}: {_part(each)}" for key, each in sorted(value.items())) + "}"
        said = sorted((key, each) for key, each in value.items() if key != "__class__" and each is not None)
        return f"{name}({', '.join(f'{key}={_part(each)}' for key, each in said)})"
    if isinstance(value, list):
        return "[" + ", ".join(map(_part, value)) + "]"
    return value if isinstance(value, str) else json.dumps(value)


def name_of(function: Any) -> str:
    """`module:qualified.name` of a function or class."""
    name = getattr(function, "__qualname__", None) or type(function).__qualname__
    return f"{getattr(function, '__module__', '?')}:{name}"


def _base_value(value: Any) -> Any:
    """The plain value under a subclass of str, int or float, whatever that subclass makes of `str()`."""
    if isinstance(value, str):
        return str.__str__(value)
    return int.__int__(value) if isinstance(value, int) else float.__float__(value)


def _key_text(key: Any, pack: Callable[[Any], Any]) -> str:
    if isinstance(key, str):
        return str.__str__(key)
    return text_of(plain(key, pack))


def _plain_object(value: Any, pack: Callable[[Any], Any]) -> Any:  # noqa: PLR0911 - one return per kind of value
    if hasattr(value, "to_user_string"):
        return value.to_user_string()
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, (datetime.timedelta, os.PathLike)):
        return str(value)
    single = PLAIN_METADATA.get(type(value).__name__)
    if single is not None and type(value).__module__.startswith("dagster"):
        return plain(getattr(value, single), pack)
    if isinstance(value, type) or callable(value):
        return name_of(value)
    packed = pack(value)
    if packed is not None:
        return _unpacked(packed)
    return _plain_unknown(value, pack)


def _unpacked(packed: Any) -> Any:  # noqa: PLR0911 - one return per kind of value
    """What Dagster's serialisation gave, its markers turned into plain values."""
    if isinstance(packed, list):
        return [_unpacked(each) for each in packed]
    if not isinstance(packed, dict):
        return packed
    if packed.get("__class__") == "AssetKey":
        return "/".join(packed["path"])
    if "__enum__" in packed:
        return packed["__enum__"].rpartition(".")[2]
    for marker in ("__set__", "__frozenset__"):
        if marker in packed:
            return sorted((_unpacked(each) for each in packed[marker]), key=_order)
    if "__mapped_items__" in packed:
        return {text_of(_unpacked(key)): _unpacked(each) for key, each in packed["__mapped_items__"]}
    return {key: _unpacked(each) for key, each in packed.items()}


def _plain_unknown(value: Any, pack: Callable[[Any], Any]) -> Any:
    """An object that Dagster cannot serialise: its class and its fields, if it has any that it declares."""
    names = getattr(value, "_fields", None) or getattr(type(value), "__dataclass_fields__", None)
    if names is None:
        names = getattr(type(value), "model_fields", None)
    if names is None:
        return ADDRESS.sub("", repr(value))
    fields = {name: plain(getattr(value, name), pack) for name in names}
    return {"__class__": type(value).__name__, **fields}


def _part(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else text_of(value)


def _order(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)
