"""What becomes of uv's own words: the cause first, what to do next, no path of the twin or of a cache, 80 columns."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dagster_commons.errors import ToolError
from dagster_commons.model.configuration import Configuration, RemoteRegistry
from dagster_commons.model.registry_kinds import remote_registry
from dagster_commons.proof.twin import Twin
from dagster_commons.proof.uv_words import in_one_line, in_users_words
from dagster_commons.tools.process import Command, Completed, ProgramFailedError
from drawn_uses import PATH, ROOT, project, use, workspace

AT = Path("/cache/twins/twin-1")
TWIN = Twin(at=AT, root=ROOT, repositories=(ROOT,))
CORP = RemoteRegistry(name="corp-eu", kind="simple", index_url="https://index.example.com/simple/")
FEED = remote_registry("feed", "azure-artifacts", {"organization": "acme", "project": "data", "feed": "py"})
WORKSPACE = replace(
    workspace(use("sales", PATH), projects=(project("sales", "0", "acme-sales"),)),
    configuration=Configuration(registries=(CORP, FEED)),
)

CASES: dict[str, tuple[str, str, list[str], str | None]] = {
    "no version": (
        "lock",
        (
            "Using CPython 3.11.7 interpreter at: /usr/bin/python3\n"
            "error: No solution found when resolving dependencies\n"
            "  cause: Because there is no version of shared==0.7.0 and your project depends on shared==0.7.0, we can "
            "conclude that your project's requirements are unsatisfiable.\n\n"
            "hint: `shared` was found on another index.\n"
        ),
        [
            "acme-sales cannot be locked: there is no shared==0.7.0",
            "Because there is no version of shared==0.7.0 and your project depends on",
            "  shared==0.7.0, we can conclude that your project's requirements are",
            "  unsatisfiable.",
            "`shared` was found on another index.",
        ],
        None,
    ),
    "a build": (
        "sync",
        (
            "Resolved 2 packages in 1ms\n   Building shared @ file:///cache/twins/twin-1/repo/packages/shared\n"
            "error: Failed to build `shared @ file:///cache/twins/twin-1/repo/packages/shared`\n"
            "  cause: Expected a Python module at: /cache/twins/twin-1/repo/packages/shared/src/shared/__init__.py\n\n"
            "hint: this is how to do it\n\n  [tool.uv.extra]\n  a = 1\n"
        ),
        [
            "acme-sales cannot be installed: shared cannot be built",
            "Failed to build `shared`",
            "Expected a Python module at: packages/shared/src/shared/__init__.py",
        ],
        "uv build packages/shared shows it alone",
    ),
    "no credentials": (
        "lock",
        (
            "error: Failed to fetch: https://index.example.com/simple/shared/\n"
            "  cause: Missing credentials for: https://index.example.com/simple/shared/\n"
        ),
        ["acme-sales cannot be locked: registry corp-eu asks for credentials"],
        "uv takes them from UV_INDEX_CORP_EU_USERNAME and UV_INDEX_CORP_EU_PASSWORD",
    ),
    "a wrong password, which uv calls not found": (
        "lock",
        (
            "error: No solution found when resolving dependencies\n"
            "  cause: Because shared was not found in the package registry, it cannot be used.\n\n"
            "hint: An index (https://index.example.com/simple/) returned a 401 Unauthorized error.\n"
        ),
        ["acme-sales cannot be locked: registry corp-eu refused the credentials"],
        "uv takes them from UV_INDEX_CORP_EU_USERNAME and UV_INDEX_CORP_EU_PASSWORD",
    ),
    "rights that are missing": (
        "sync",
        (
            "error: Failed to download `shared==0.1.0`\n"
            "  cause: Failed to fetch: https://pkgs.dev.azure.com/acme/data/_packaging/py/pypi/download/shared.whl\n"
            "  cause: HTTP status client error (403 Forbidden) for url (https://pkgs.dev.azure.com/acme/shared.whl)\n"
        ),
        ["acme-sales cannot be installed: registry feed forbids it with these credentials"],
        (
            "whoever asks needs to be Feed Reader (to publish: Feed Publisher); a PAT needs the scope Packaging; "
            "commons registry login feed says who asks"
        ),
    ),
    "an index that is no registry": (
        "lock",
        (
            "error: Failed to fetch: https://other.example.com/simple/shared/\n"
            "  cause: Missing credentials for: https://other.example.com/simple/shared/\n"
        ),
        ["acme-sales cannot be locked: an index asks for credentials"],
        "uv takes them from UV_INDEX_NAME_USERNAME and UV_INDEX_NAME_PASSWORD, by the name of the index",
    ),
    "no tag": (
        "lock",
        (
            "    Updating https://git.example.com/shared.git (v9)\n"
            "error: Failed to download and build `shared @ git+https://git.example.com/shared.git@v9`\n"
            "  cause: Git operation failed\n  cause: failed to clone into: /root/.cache/uv/git-v2/db/aa\n"
            "  cause: failed to fetch tag `v9`\n"
            "  cause: process didn't exit successfully: `/usr/bin/git fetch` (exit status: 128)\n"
            "         --- stderr\n         fatal: couldn't find remote ref refs/tags/v9\n"
        ),
        [
            "acme-sales cannot be locked: https://git.example.com/shared.git has no tag v9",
            "Failed to download and build `shared @",
            "  git+https://git.example.com/shared.git@v9`",
            "failed to fetch tag `v9`",
        ],
        "git ls-remote --tags https://git.example.com/shared.git",
    ),
    "nobody answers": (
        "lock",
        (
            "error: Failed to fetch: https://index.example.com/simple/shared/\n  cause: error sending request\n"
            "  cause: dns error\n"
        ),
        [
            "acme-sales cannot be locked: an index or repository cannot be reached",
            "Failed to fetch: https://index.example.com/simple/shared/",
            "error sending request",
            "dns error",
        ],
        "see that you are online and that the URL is right",
    ),
    "anything else": (
        "lock",
        "error: Failed to parse `/cache/twins/twin-1/repo/sales/pyproject.toml` with https://me:pw@example.com/\n",
        ["acme-sales cannot be locked: uv says", "Failed to parse `sales/pyproject.toml` with https://example.com/"],
        None,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_in_users_words(case: str) -> None:
    verb, said, lines, hint = CASES[case]
    command = Command(argv=("/bin/uv", "--no-progress", verb), cwd=AT / "repo/sales")
    completed = Completed(command=command, exit_code=1, stdout=b"", stderr=said.encode())

    error = in_users_words(ProgramFailedError("uv failed", completed=completed), WORKSPACE, TWIN)

    assert error.message.splitlines() == lines
    assert error.hint == hint


def test_other_failures_lose_only_the_twin_s_paths() -> None:
    error = in_users_words(ToolError(f"cannot read {AT}/repo/sales/x and {AT}/repo", hint="why"), WORKSPACE, TWIN)

    assert error.message == "cannot read sales/x and ."
    assert error.hint == "why"


@pytest.mark.parametrize(
    ("said", "line"),
    [
        (
            (
                "Using CPython 3.11.7\nerror: Failed to install: dagster-1.13-py3-none-any.whl\n"
                "  cause: failed to copy file from /a to /cache/twins/twin-1/b: No space left on device (os error 28)"
            ),
            "acme-sales cannot be installed: No space left on device",
        ),
        ("error: something odd\n  cause: at an odd place", "acme-sales cannot be installed: at an odd place"),
        (
            "error: Failed to build `shared`\n  cause: Expected a Python module",
            "acme-sales cannot be installed: shared cannot be built",
        ),
        (
            (
                "error: No solution found when resolving dependencies:\n  cause: Because only shared==0.2.0 is available and\n"
                "         shared depends on dagster<1.13, we can conclude that shared needs it.\n"
                "         And because of that, we can conclude that your requirements are unsatisfiable."
            ),
            (
                "acme-sales cannot be installed: no versions satisfy all requirements: because only shared==0.2.0 is available "
                "and shared depends on dagster<1.13"
            ),
        ),
    ],
)
def test_one_line_names_the_innermost_cause(said: str, line: str) -> None:
    command = Command(argv=("/opt/uv", "--no-progress", "sync"), cwd=TWIN.inside(ROOT / "sales"))
    completed = Completed(command=command, exit_code=2, stdout=b"", stderr=said.encode())
    assert in_one_line(ProgramFailedError("…", completed=completed), WORKSPACE, TWIN) == line
