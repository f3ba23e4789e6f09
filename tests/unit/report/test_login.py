from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from dagster_commons.model.login import Login
from dagster_commons.report import login as report

if TYPE_CHECKING:
    from dagster_commons.model.login import Nobody

NOW = datetime(2026, 11, 28, 9, 30, tzinfo=UTC)
CORP = Login(
    registry="corp",
    kind="codeartifact",
    place="https://acme-111122223333.d.codeartifact.eu-west-1.amazonaws.com/pypi/python/simple/",
    asked_at=NOW,
    user="aws",
    origin="AWS CodeArtifact token of profile dev (sso)",
    expires=NOW + timedelta(hours=1),
    module="shared",
    versions=("0.1.3", "0.2.0"),
    nobody="refused",
)
EMBEDDED = Login(registry="local", kind="embedded", place="registry", asked_at=NOW)


def terminal(login: Login) -> str:
    return report.terminal(login, width=80, colour=False)


def test_terminal() -> None:
    assert terminal(CORP) == (
        "registry corp: let in\n"
        "  kind         codeartifact\n"
        "  index        https://acme-111122223333.d.codeartifact.eu-west-1.amazonaws.com…\n"
        "  user         aws\n"
        "  credentials  AWS CodeArtifact token of profile dev (sso)\n"
        "  expires      in 1 h 0 min (2026-11-28 10:30 UTC)\n"
        "  asked for    shared: 2 versions, newest 0.2.0\n"
        "With these credentials the index can be read, without any it refuses. Uploading\n"
        "was not tried. Nothing was stored.\n"
    )
    assert terminal(EMBEDDED) == (
        "registry local: needs no credentials\n"
        "  kind       embedded\n"
        "  directory  registry\n"
        "An embedded registry is a directory of files: whoever can read it is let in.\n"
    )


@pytest.mark.parametrize(
    ("nobody", "user", "said"),
    [
        ("let-in", "aws", "that it can be read says nothing about these credentials"),
        ("let-in", None, "No credentials are set, and the index lets anybody read"),
        ("unclear", "aws", "without any its answer is none of an index"),
    ],
)
def test_what_is_proven_and_what_is_not(nobody: Nobody, user: str | None, said: str) -> None:
    assert said in " ".join(terminal(replace(CORP, nobody=nobody, user=user)).split())


def test_a_page_that_is_not_there_may_be_an_index_that_is_not_there() -> None:
    text = " ".join(terminal(replace(CORP, versions=())).split())

    assert "asked for shared: no versions" in text
    assert "It has no shared; an index that is not there would give the same answer: see the URL." in text


def test_an_expiry_that_is_near_or_not_known() -> None:
    assert "  expires      in 4 min (" in terminal(replace(CORP, expires=NOW + timedelta(seconds=299)))
    assert "  expires      not known here\n" in terminal(replace(CORP, expires=None))


def test_documents() -> None:
    said = json.loads(report.as_json(CORP))
    assert said["registry"] == {"name": "corp", "kind": "codeartifact", "place": CORP.place}
    assert (said["expires"], said["expires_in_seconds"]) == ("2026-11-28T10:30:00+00:00", 3600)
    assert (said["user"], said["without_credentials"], said["versions"]) == ("aws", "refused", ["0.1.3", "0.2.0"])

    said = json.loads(report.as_json(EMBEDDED))
    assert (said["user"], said["expires_in_seconds"], said["module"], said["without_credentials"]) == (None,) * 4

    text = report.markdown(CORP)
    assert text.startswith("### registry corp: let in\n\n| | |\n|---|---|\n| kind | codeartifact |\n")
    assert text.endswith("\n\n" + " ".join(json.loads(report.as_json(CORP))["proves"]) + "\n")
