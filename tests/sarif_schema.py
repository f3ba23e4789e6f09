"""What SARIF 2.1.0 requires of the objects that we write, from the sections of the OASIS standard that define them.

Nothing else than what is named here may stand in them, so that a key in the wrong place shows.
"""

from __future__ import annotations

from typing import TypeAlias

Schema: TypeAlias = "dict[str, object]"


def _object(required: tuple[str, ...], **properties: Schema) -> Schema:
    return {
        "type": "object",
        "required": list(required),
        "additionalProperties": False,
        "properties": properties,
    }


def _array(items: Schema, **more: object) -> Schema:
    return {"type": "array", "items": items, **more}


_TEXT: Schema = {"type": "string", "minLength": 1}
_INDEX: Schema = {"type": "integer", "minimum": 0}
_LEVEL: Schema = {"enum": ["none", "note", "warning", "error"]}  # 3.27.10
_MESSAGE = _object(("text",), text=_TEXT)  # 3.11
_LOCATION = _object(  # 3.28: an identified place, 3.29: its file and region
    (),
    message=_MESSAGE,
    physicalLocation=_object(
        ("artifactLocation",),
        artifactLocation=_object(  # 3.4: a relative reference of RFC 3986, without blanks and backslashes
            ("uri",), uri={"type": "string", "pattern": r"^[^\s\\]+$"}, uriBaseId=_TEXT
        ),
        region=_object(("startLine",), startLine={"type": "integer", "minimum": 1}),  # 3.30
    ),
)
_RULE = _object(  # 3.49
    ("id",),
    id=_TEXT,
    shortDescription=_MESSAGE,
    fullDescription=_MESSAGE,
    help=_MESSAGE,
    defaultConfiguration=_object((), level=_LEVEL),  # 3.50
)
_RESULT = _object(  # 3.27: a message is required, and a rule by its id, its index or both
    ("message", "ruleId"),
    ruleId=_TEXT,
    ruleIndex=_INDEX,
    level=_LEVEL,
    message=_MESSAGE,
    locations=_array(_LOCATION),
    relatedLocations=_array(_LOCATION, uniqueItems=True),
)
_NOTIFICATION = _object(  # 3.58
    ("message",), message=_MESSAGE, level=_LEVEL, associatedRule=_object(("id",), id=_TEXT, index=_INDEX)
)
_RUN = _object(  # 3.14
    ("tool",),
    tool=_object(  # 3.18
        ("driver",),
        driver=_object(("name",), name=_TEXT, version=_TEXT, rules=_array(_RULE, uniqueItems=True)),  # 3.19
    ),
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},  # 3.14.17
    originalUriBaseIds={  # 3.14.14
        "type": "object",
        "additionalProperties": _object((), uri=_TEXT, description=_MESSAGE),
    },
    invocations=_array(  # 3.20
        _object(
            ("executionSuccessful",),
            executionSuccessful={"type": "boolean"},
            toolExecutionNotifications=_array(_NOTIFICATION),
        )
    ),
    results=_array(_RESULT),
)
SARIF: Schema = {  # 3.13
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    **_object(
        ("version", "runs"),
        **{"$schema": {"type": "string", "format": "uri"}},
        version={"const": "2.1.0"},
        runs=_array(_RUN, minItems=1),
    ),
}
