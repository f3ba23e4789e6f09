"""The `MODULE` and `MODULE==VERSION` arguments."""

from __future__ import annotations

from dagster_commons.errors import UsageError
from dagster_commons.model.names import normalise_name


def module_and_version(text: str) -> tuple[str, str | None]:
    """Split `shared==0.1.3` into the normalised name and the version, None where none is given.

    Raises:
        UsageError: the version is no PEP 440 version.

    """
    name, has_version, version = text.partition("==")
    if not has_version:
        return normalise_name(name.strip()), None
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415 - `--help` stays fast

    try:
        return normalise_name(name.strip()), str(Version(version.strip()))
    except InvalidVersion as error:
        raise UsageError(f"`{version}` is no version", hint="PEP 440, as in shared==0.1.3") from error
