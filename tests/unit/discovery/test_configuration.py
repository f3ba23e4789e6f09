"""`commons.toml`: every key, and every mistake with its line and a way out."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import pytest

from builders import draw
from dagster_commons.discovery import read_workspace
from dagster_commons.discovery.configuration import read_configuration
from dagster_commons.errors import UsageError
from dagster_commons.model.configuration import (
    Acceptance,
    Configuration,
    DefaultSource,
    EmbeddedRegistry,
    LocationInputs,
    RemoteRegistry,
)

if TYPE_CHECKING:
    from pathlib import Path

EVERYTHING = """
    modules = ["Acme_Shared"]
    [fleet]
    repositories = ["../marketing", "git@git.example.com:acme/finance.git"]
    [registries.local]
    kind = "embedded"
    path = "./registry"
    [registries.corp]
    kind = "codeartifact"
    domain = "acme"
    domain-owner = "111122223333"
    repository = "python"
    region = "eu-west-1"
    [sources.shared]
    via = "index"
    registry = "corp"
    [locations.finance]
    env = { FINANCE_DSN = "postgresql://placeholder", EMPTY = "" }
    prepare = ["dbt", "parse"]
    inputs = ["target/manifest.json"]
    [[accept]]
    rule = "LOCK001"
    subject = "finance"
    because = "frozen until the migration is over"
    until = 2027-01-31
    [[accept]]
    location = "sales"
    object = "asset sales/asset_2"
    because = "renamed on purpose"
    [bumps]
    dependency-narrowed = "major"
"""


def test_every_key(tmp_path: Path) -> None:
    draw(tmp_path, {"commons.toml": EVERYTHING})
    codeartifact = "https://acme-111122223333.d.codeartifact.eu-west-1.amazonaws.com/pypi/python/"
    assert read_configuration(tmp_path) == Configuration(
        file=tmp_path / "commons.toml",
        modules=("acme-shared",),
        fleet=("../marketing", "git@git.example.com:acme/finance.git"),
        registries=(
            EmbeddedRegistry(name="local", directory=tmp_path / "registry"),
            RemoteRegistry(
                name="corp",
                kind="codeartifact",
                index_url=f"{codeartifact}simple/",
                publish_url=codeartifact,
                settings=(
                    ("domain", "acme"),
                    ("domain-owner", "111122223333"),
                    ("region", "eu-west-1"),
                    ("repository", "python"),
                ),
            ),
        ),
        sources=(DefaultSource(module="shared", via="index", registry="corp"),),
        locations=(
            LocationInputs(
                location="finance",
                env=(("FINANCE_DSN", "postgresql://placeholder"), ("EMPTY", "")),
                prepare=("dbt", "parse"),
                inputs=("target/manifest.json",),
            ),
        ),
        acceptances=(
            Acceptance(
                because="frozen until the migration is over",
                until=datetime.date(2027, 1, 31),
                rule="LOCK001",
                subject="finance",
                line=20,
            ),
            Acceptance(because="renamed on purpose", location="sales", object="asset sales/asset_2", line=25),
        ),
        bumps={"dependency-narrowed": "major"},
    )


@pytest.mark.parametrize(
    ("keys", "index_url", "publish_url"),
    [
        (
            'kind = "artifact-registry"\nproject = "acme-data"\nlocation = "europe-west1"\nrepository = "python"',
            "https://europe-west1-python.pkg.dev/acme-data/python/simple/",
            "https://europe-west1-python.pkg.dev/acme-data/python/",
        ),
        (
            'kind = "azure-artifacts"\norganization = "acme"\nproject = "data"\nfeed = "python"',
            "https://pkgs.dev.azure.com/acme/data/_packaging/python/pypi/simple/",
            "https://pkgs.dev.azure.com/acme/data/_packaging/python/pypi/upload/",
        ),
        (
            'kind = "azure-artifacts"\norganization = "acme"\nfeed = "python"',
            "https://pkgs.dev.azure.com/acme/_packaging/python/pypi/simple/",
            "https://pkgs.dev.azure.com/acme/_packaging/python/pypi/upload/",
        ),
        (
            'kind = "simple"\nurl = "https://packages.example.com/simple/"\npublish-url = "https://packages.example.com/"',
            "https://packages.example.com/simple/",
            "https://packages.example.com/",
        ),
        ('kind = "simple"\nurl = "https://packages.example.com/simple/"', "https://packages.example.com/simple/", None),
        (
            (
                'kind = "artifact-registry"\nproject = "a"\nlocation = "b"\nrepository = "c"\n'
                'url = "https://python.example.com/c/simple"'
            ),
            "https://python.example.com/c/simple",
            "https://python.example.com/c/",
        ),
        (
            'kind = "azure-artifacts"\norganization = "a b"\nfeed = "c"\nurl = "https://python.example.com/c/simple/"',
            "https://python.example.com/c/simple/",
            "https://python.example.com/c/upload/",
        ),
        (
            'kind = "azure-artifacts"\norganization = "a"\nfeed = "c"\nurl = "https://python.example.com/c/"',
            "https://python.example.com/c/",
            None,
        ),
        (
            (
                'kind = "codeartifact"\ndomain = "x.example/?"\ndomain-owner = "1"\nregion = "#"\nrepository = "c d"\n'
                'publish-url = "https://upload.example.com/"'
            ),
            "https://x.example%2F%3F-1.d.codeartifact.%23.amazonaws.com/pypi/c%20d/simple/",
            "https://upload.example.com/",
        ),
    ],
)
def test_urls_of_remote_registries(tmp_path: Path, keys: str, index_url: str, publish_url: str | None) -> None:
    draw(tmp_path, {"commons.toml": f"[registries.corp]\n{keys}\n"})
    (registry,) = read_configuration(tmp_path).registries
    assert isinstance(registry, RemoteRegistry)
    assert (registry.index_url, registry.publish_url) == (index_url, publish_url)


@pytest.mark.parametrize(
    ("text", "line", "message", "hint"),
    [
        ("module = []", 1, "unknown key `module`", "did you mean `modules`?"),
        ("\n[flett]\nrepositories = []", 2, "unknown key `flett`", "did you mean `fleet`?"),
        ("[fleet]\nrepos = []", 2, "unknown key `repos`", "repositories"),
        ('modules = "shared"', 1, "`modules` must be a list", None),
        ('modules = ["a",\n  1]', 2, "`modules[2]` must be a string", None),
        ("fleet = []", 1, "`fleet` must be a table", None),
        ("[registries]\ncorp = 1", 2, "`registries.corp` must be a table", None),
        ("[registries.corp]\nurl = 'x'", 1, "`[registries.corp]` needs `kind`", "kind = "),
        ("[registries.corp]\nkind = 'code-artifact'", 2, "`code-artifact` is no known `kind`", "`codeartifact`"),
        ("[registries.corp]\nkind = 'simple'", 1, "needs `url`", "url = "),
        ("[registries.corp]\nkind = 'simple'\nurl = 'x'\nregion = 'y'", 4, "unknown key `region`", "known here"),
        ("[sources.shared]\nvia = 'sumbodule'", 2, "`sumbodule` is no known `via`", "`submodule`"),
        ("[sources.shared]\nvia = 'member'", 2, "`member` is no known `via`", "path, submodule, index, git"),
        ("[sources.shared]\nvia = 'index'\nregistry = 'corp'", 3, "no registry `corp`", "[registries.corp]"),
        ("[locations.sales]\nenvironment = {}", 2, "unknown key `environment`", None),
        ("[locations.sales]\nenv = { PORT = 1 }", 2, "`locations.sales.env.PORT` must be a string", None),
        ("[locations.sales]\nenv = { 'A B' = '' }", 2, "`A B` is no name of an environment variable", None),
        ("[locations.sales]\nprepare = 'dbt parse'", 2, "`locations.sales.prepare` must be a list", None),
        ("\n[[accept]]\nbecause = 'x'", 2, "names neither a finding nor a change", "`rule`"),
        ("[[accept]]\nrule = 'X'", 1, "needs `because`", None),
        ("[[accept]]\nrule = 'X'\nlocation = 'y'\nbecause = 'x'", 1, "neither", None),
        ("[[accept]]\nrule = 'X'\nbecause = 'x'\nuntil = '2027-01-31'", 4, "must be a date", "without quotes"),
        ("[[accept]]\nrule = 'X'\nbecause = 'x'\nuntil = 2027-02-30", 4, "malformed TOML", None),
        (
            "[registries.corp]\nkind = 'simple'\nurl = 'https://ada:hunter2@index.example.com/simple/'",
            3,
            "`url` has credentials in it",
            "UV_INDEX_<NAME>_PASSWORD",
        ),
        ("modules = [", 1, "malformed TOML", "syntax"),
        ("[bumps]\nparameter-rename = 'major'", 2, "no API rule `parameter-rename`", "`parameter-renamed`"),
        ("[bumps]\nadded = 'huge'", 2, "`huge` is no known `added`", "patch, minor, major"),
        ("[bumps]\nremoved = 'minor'", 2, "removed asks for major, and minor is less", "[[accept]]"),
    ],
)
def test_a_mistake_is_an_error_with_line_and_suggestion(
    tmp_path: Path, text: str, line: int, message: str, hint: str | None
) -> None:
    file = tmp_path / "commons.toml"
    file.write_text(text)
    with pytest.raises(UsageError) as caught:
        read_workspace(tmp_path)
    assert message in caught.value.message
    assert (caught.value.file, caught.value.line) == (file, line)
    assert hint is None or hint in (caught.value.hint or "")


def test_without_the_file_everything_is_empty(tmp_path: Path) -> None:
    assert read_configuration(tmp_path) == Configuration()
