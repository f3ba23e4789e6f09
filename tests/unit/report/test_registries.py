from __future__ import annotations

import json
from pathlib import Path

from dagster_commons.model.registry import (
    ModuleReleases,
    Problem,
    RegistryListing,
    ReleasedFile,
    ReleasedVersion,
    Unread,
)
from dagster_commons.report import registries

ROOT = Path("/repo")


def version(number: str, *, yanked: str | None = None) -> ReleasedVersion:
    return ReleasedVersion(
        version=number,
        files=(
            ReleasedFile(
                name=f"shared-{number}-py3-none-any.whl", sha256="a" * 64, requires_python=">=3.9", yanked=yanked
            ),
            ReleasedFile(name=f"shared-{number}.tar.gz", sha256="b" * 64, size=7, yanked=yanked),
        ),
    )


SHARED = ModuleReleases(
    module="shared",
    versions=(version("0.1.3"), version("0.2.0", yanked="loses an asset"), version("0.3.0")),
    newest="0.3.0",
    users=(("finance", "0.2.0"), ("sales", "0.2.0")),
)
CORP = RegistryListing(
    name="corp",
    kind="embedded",
    place="registry",
    modules=(ModuleReleases(module="base"), SHARED),
    problems=(Problem(file=ROOT / "registry/shared/x.whl", message="the file's sha256 is not the one on its page"),),
)
TEAM = RegistryListing(
    name="team",
    kind="simple",
    place="https://index.example.com/simple/",
    unread=Unread(reason="it asks for credentials", hint="sign in"),
)


def terminal(*listings: RegistryListing, width: int = 80, colour: bool = False) -> str:
    return registries.terminal(listings, ROOT, width=width, colour=colour)


def test_terminal() -> None:
    assert terminal(CORP, TEAM) == (
        "corp  registry  embedded · 2 modules · 3 versions\n"
        "  module  version  sha256        state                   used by\n"
        "  base    –        –             reserved\n"  # noqa: RUF001 - the dash of the matrix
        "  shared  0.3.0    aaaaaaaaaaaa  newest\n"
        "          0.2.0    aaaaaaaaaaaa  yanked: loses an asset  finance, sales\n"
        "          0.1.3    aaaaaaaaaaaa\n"
        "error registry/shared/x.whl: the file's sha256 is not the one on its page\n"
        "\n"
        "team  https://index.example.com/simple/  simple · not read\n"
        "  it asks for credentials\n"
        "  sign in\n"
    )


def test_terminal_marks_a_yanked_version_in_use_and_a_problem_only() -> None:
    coloured = [line for line in terminal(CORP, colour=True).splitlines() if "\x1b" in line]

    assert ["0.2.0" in line or "error" in line for line in coloured] == [True, True]


def test_terminal_never_wraps_and_counts_old_versions() -> None:
    many = ModuleReleases(
        module="shared",
        versions=tuple(version(f"0.1.{number}") for number in range(25)),
        users=tuple((f"location_with_a_long_name_{number}", "0.1.24") for number in range(9)),
    )
    text = terminal(RegistryListing(name="corp", kind="embedded", place="registry", modules=(many,)))

    assert max(map(len, text.splitlines())) <= 80
    assert "…15 more" in text
    assert "0.1.14" not in text


def test_without_any_registry() -> None:
    assert terminal() == "no registry is configured: commons registry init NAME\n"
    assert registries.markdown((), ROOT) == "No registry is configured.\n"


def test_markdown_escapes() -> None:
    text = registries.markdown((CORP,), ROOT)

    assert "| shared | 0.3.0 | aaaaaaaaaaaa | newest |  |" in text
    assert "registry/shared/x.whl" in text


def test_json_has_everything() -> None:
    document = json.loads(registries.as_json((CORP, TEAM), ROOT))

    corp, team = document["registries"]
    assert document["format"] == 1
    assert team["unread"] == "it asks for credentials"
    assert corp["problems"][0]["file"] == "registry/shared/x.whl"
    assert [each["name"] for each in corp["modules"]] == ["base", "shared"]
    shared = corp["modules"][1]
    assert [each["version"] for each in shared["versions"]] == ["0.1.3", "0.2.0", "0.3.0"]
    assert shared["newest"] == "0.3.0"
    assert shared["versions"][1]["yanked"] == "loses an asset"
    assert shared["versions"][1]["locations"] == ["finance", "sales"]
    assert shared["versions"][0]["files"][1] == {
        "name": "shared-0.1.3.tar.gz", "sha256": "b" * 64, "size": 7, "uploaded": None
    }  # fmt: skip
