"""The GitHub Actions and the GitLab template: their shell is run by bash; only `gh` and `curl` are recorded programs."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from builders import commit, workspace
from dagster_commons.report.diff_markdown import MARK
from dagster_commons.tools.git import git

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parents[2]
ACTIONS = {path: ROOT / path / "action.yml" for path in (".", "ci/github/check", "ci/github/post")}
GITLAB = ROOT / "ci/gitlab/commons-diff.yml"
PAGE = (ROOT / "docs/how-to/ci.md").read_text("utf-8")
BASH = shutil.which("bash") or "bash"
LENIENT = "breaking,broken"
TOKEN = "t0ken"  # noqa: S105 - nobody's
WITHOUT_LOCK = "not compared"  # the drawn location has none, so that nothing here needs an index
needs_jq = pytest.mark.skipif(shutil.which("jq") is None, reason="the recorded `gh` takes its filters to jq")

# Answers with the first of ANSWERS whose words stand in its arguments, as GitHub or GitLab would, and keeps what it got.
RECORDED_PROGRAM = f"""#!{sys.executable}
import json, os, pathlib, subprocess, sys

words = sys.argv[1:]
body = next((word.partition("@")[2] for word in words if word.startswith(("body@", "body=@"))), "")
call = {{"words": words, "body": pathlib.Path(body).read_text() if body else None}}
call["header"] = sys.stdin.read().strip() if "@-" in words else None
with open(os.environ["CALLS"], "a") as calls:
    calls.write(json.dumps(call) + "\\n")
for asked, answer, code in json.loads(os.environ["ANSWERS"]):
    if asked in " ".join(words):
        break
else:
    sys.exit("not foreseen: " + " ".join(words))
if "--dir" in words:
    directory = pathlib.Path(words[words.index("--dir") + 1])
    directory.mkdir(parents=True)
    for name, text in answer.items():
        (directory / name).write_text(text)
elif "--jq" in words and not code:
    subprocess.run(["jq", "-r", words[words.index("--jq") + 1]], input=json.dumps(answer), text=True, check=True)
elif "--silent" not in words or pathlib.Path(sys.argv[0]).name == "curl":
    print(json.dumps(answer))
sys.exit(code)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """A machine of a CI service: a checkout, a directory for temporary files, and programs that are recorded."""

    place: Path

    @property
    def checkout(self) -> Path:
        return self.place / "checkout"

    @property
    def temporary(self) -> Path:
        return self.place / "temporary"

    def run(
        self, script: str, environment: Mapping[str, str], answers: list[tuple[str, Any, int]]
    ) -> subprocess.CompletedProcess[str]:
        """`script` under the shell that the services use, in the checkout."""
        own = {
            "PATH": f"{self.place / 'bin'}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "CALLS": str(self.place / "calls"),
            "ANSWERS": json.dumps(answers),
            "RUNNER_TEMP": str(self.temporary),
            "GITHUB_OUTPUT": str(self.place / "output"),
            "GITHUB_STEP_SUMMARY": str(self.place / "summary"),
            "GITHUB_PATH": str(self.place / "path"),
        }
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("COMMONS_")}
        return subprocess.run(
            [BASH, "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=self.checkout,
            env={**inherited, **own, **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    def step(
        self,
        name: str,
        values: Mapping[str, str],
        answers: list[tuple[str, Any, int]] | None = None,
        *,
        of: str = ".",
    ) -> subprocess.CompletedProcess[str]:
        """A step of an action, its `${{ … }}` as `values` say."""
        found = next(each for each in steps(of) if each["name"] == name)
        environment = {key: resolved(text, values) for key, text in found.get("env", {}).items()}
        return self.run(found["run"], {**environment, "GITHUB_ACTION_PATH": str(ROOT / of)}, answers or [])

    def outputs(self) -> dict[str, str]:
        return dict(line.split("=", 1) for line in (self.place / "output").read_text().splitlines())

    def calls(self) -> list[dict[str, Any]]:
        file = self.place / "calls"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    """A checkout of a branch that is one commit ahead of `main`."""
    made = Runner(place=tmp_path)
    for name in ("gh", "curl"):
        program = tmp_path / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(RECORDED_PROGRAM)
        program.chmod(0o755)
    made.temporary.mkdir()
    uses = {"shared": '{ path = "../shared", editable = true }'}
    workspace(made.checkout).module("shared").location("sales", uses=uses).repository()
    git(made.checkout, "switch", "--quiet", "--create", "change")
    (made.checkout / "shared/src/shared/factory.py").write_text("ANSWER = 42\n")
    commit(made.checkout, "change")
    return made


def steps(of: str) -> list[dict[str, Any]]:
    return yaml.safe_load(ACTIONS[of].read_text("utf-8"))["runs"]["steps"]


def resolved(text: str, values: Mapping[str, str]) -> str:
    """`text` with its expressions replaced; one that nobody gave a value is a KeyError."""
    return re.sub(r"\$\{\{ (.+?) \}\}", lambda match: values[match[1]], text)


BASE_INPUT = "inputs.base || github.event.pull_request.base.sha || github.event.before"


def compared(runner: Runner, fail_on: str = LENIENT) -> Path:
    """The comment, made by the steps before it is posted."""
    values = {"inputs.root": ".", BASE_INPUT: "main", "github.event_name": "pull_request", "inputs.fail-on": fail_on}
    assert runner.step("Find the base", values).returncode == 0
    values |= {"steps.base.outputs.commit": runner.outputs()["commit"], "github.event.pull_request.number": "7"}
    ended = runner.step("Compare definitions", values)
    assert ended.returncode == 0, ended.stderr
    return runner.temporary / "dagster-commons/comment/comment.md"


POSTED = {
    "inputs.token": TOKEN,
    "github.repository": "acme/platform",
    "github.event.pull_request.number": "7",
}
COMMENTS = "repos/acme/platform/issues/7/comments"


def comment_by(kind: str, number: int, body: str) -> dict[str, Any]:
    return {"id": number, "user": {"type": kind}, "body": body}


@pytest.mark.parametrize("of", ACTIONS)
def test_no_shell_has_anybody_s_text_in_it_and_all_of_it_is_strict(of: str) -> None:
    for step in steps(of):
        if "run" in step:
            assert "${{" not in step["run"], step["name"]
            assert step["run"].startswith("set -euo pipefail\n"), step["name"]
            assert step["shell"] == "bash"


def test_the_page_has_every_input_with_its_default() -> None:
    for name, given in yaml.safe_load(ACTIONS["."].read_text("utf-8"))["inputs"].items():
        row = re.search(rf"^\| `{name}` \| (.*?) \|", PAGE, re.MULTILINE)
        assert row is not None, name
        if name not in ("base", "version", "token"):  # their defaults are told in words
            assert row[1] == f"`{given['default']}`"


def test_the_workflows_of_the_page_are_yaml_and_give_inputs_that_there_are() -> None:
    inputs = yaml.safe_load(ACTIONS["."].read_text("utf-8"))["inputs"]
    blocks = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    documents = [yaml.safe_load(block) for block in blocks]
    used = [
        step
        for document in documents
        if isinstance(document, dict)
        for job in document.get("jobs", {}).values()
        for step in job["steps"]
        if step.get("uses", "").startswith("OWNER/dagster-commons@")
    ]
    assert len(documents) >= 5
    assert used
    assert {name for step in used for name in step.get("with", {})} <= set(inputs)


def test_the_comment_is_made_and_the_summary_has_it_and_what_check_finds(runner: Runner) -> None:
    comment = compared(runner).read_text()
    assert comment.startswith(MARK)
    assert f"| `sales` | **{WITHOUT_LOCK}** |" in comment
    assert runner.outputs()["exit-code"] == "0"
    assert (runner.temporary / "dagster-commons/comment/number").read_text() == "7\n"

    assert runner.step("Check", {"inputs.root": "."}).returncode == 0
    assert runner.step("Write the summary", {}).returncode == 0

    summary = (runner.place / "summary").read_text()
    assert comment in summary
    assert (runner.temporary / "dagster-commons/check.md").read_text() in summary
    assert "LOCK" in summary  # sales has no lock


@pytest.mark.parametrize(("arguments", "code"), [("--select LOCK", 0), ("--strict --select LOCK", 1)])
def test_check_alone_annotates_and_leaves_a_sarif_file(runner: Runner, arguments: str, code: int) -> None:
    values = {"inputs.root": ".", "inputs.arguments": arguments}
    ended = runner.step("Check", values, of="ci/github/check")
    assert ended.returncode == code, ended.stderr
    assert "::warning file=sales/uv.lock,line=1,title=LOCK002 no lock::sales: there is no uv.lock" in ended.stdout
    [run] = json.loads(Path(runner.outputs()["sarif"]).read_text())["runs"]
    assert [each["ruleId"] for each in run["results"]] == ["LOCK002"]
    assert "warning LOCK002" in (runner.place / "summary").read_text()


def test_the_pre_commit_hook_is_a_command_that_there_is(runner: Runner) -> None:
    [hook] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    ended = runner.run(hook["entry"], {}, [])
    assert ended.returncode == 0, ended.stderr
    assert "warning LOCK002" in ended.stdout
    for name in ("sales/pyproject.toml", "uv.lock", "a/Dockerfile.dev", ".github/workflows/ci.yml", "src/a.py"):
        assert re.search(hook["files"], name), name
    assert not re.search(hook["files"], "README.md")


def test_a_verdict_in_fail_on_ends_the_job_after_the_comment_is_written(runner: Runner) -> None:
    comment = compared(runner, fail_on="breaking,broken,unverifiable")
    assert comment.read_text().startswith(MARK)
    assert runner.outputs()["exit-code"] == "1"
    ended = runner.step(
        "End as the verdicts say", {"steps.diff.outputs.exit-code": "1", "steps.check.outputs.exit-code": "0"}
    )
    assert (ended.returncode, ended.stdout) == (1, "::error::commons diff ended with exit code 1\n")


def test_a_diff_that_could_not_be_made_is_said_in_the_comment(runner: Runner) -> None:
    comment = compared(runner, fail_on="nonsense").read_text()
    assert comment.startswith(f"{MARK}\nDefinitions were not compared: `commons diff` ended with exit code 2.")
    assert runner.outputs()["exit-code"] == "2"


@pytest.mark.parametrize(("diff", "check", "code"), [("0", "0", 0), ("0", "1", 1), ("4", "1", 4)])
def test_the_job_ends_as_diff_or_else_check_did(runner: Runner, diff: str, check: str, code: int) -> None:
    values = {"steps.diff.outputs.exit-code": diff, "steps.check.outputs.exit-code": check}
    assert runner.step("End as the verdicts say", values).returncode == code


def test_the_base_is_where_the_branch_left(runner: Runner) -> None:
    left = git(runner.checkout, "rev-parse", "main").text.strip()
    git(runner.checkout, "switch", "--quiet", "main")
    commit(runner.checkout, "main goes on")
    git(runner.checkout, "switch", "--quiet", "change")
    values = {"inputs.root": ".", BASE_INPUT: "main", "github.event_name": "pull_request"}
    assert runner.step("Find the base", values).returncode == 0
    assert runner.outputs() == {"commit": left, "head": git(runner.checkout, "rev-parse", "HEAD").text.strip()}


def test_the_first_push_of_a_branch_is_compared_with_itself(runner: Runner) -> None:
    values = {"inputs.root": ".", BASE_INPUT: "0" * 40, "github.event_name": "push"}
    assert runner.step("Find the base", values).returncode == 0
    assert runner.outputs()["commit"] == runner.outputs()["head"]


def test_a_pull_request_without_a_base_is_refused(runner: Runner) -> None:
    values = {"inputs.root": ".", BASE_INPUT: "", "github.event_name": "pull_request"}
    ended = runner.step("Find the base", values)
    assert ended.returncode == 2
    assert "give the input base" in ended.stdout


def test_a_shallow_checkout_is_refused_with_what_to_write(runner: Runner, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", "--depth", "1", runner.checkout.as_uri(), str(tmp_path / "shallow"))
    values = {"inputs.root": str(tmp_path / "shallow"), BASE_INPUT: "main", "github.event_name": "pull_request"}
    ended = runner.step("Find the base", values)
    assert ended.returncode == 2
    assert "fetch-depth: 0" in ended.stdout


@needs_jq
@pytest.mark.parametrize(
    ("there", "method", "to"),
    [
        ([], "POST", COMMENTS),
        ([comment_by("User", 3, f"{MARK} by somebody else"), comment_by("Bot", 4, "other")], "POST", COMMENTS),
        (
            [comment_by("Bot", 5, f"{MARK}\nold"), comment_by("Bot", 6, f"{MARK}\nolder")],
            "PATCH",
            "repos/acme/platform/issues/comments/5",
        ),
    ],
    ids=["none yet", "not ours", "ours"],
)
def test_one_comment_is_posted_or_updated(runner: Runner, there: list[Any], method: str, to: str) -> None:
    comment = compared(runner)
    ended = runner.step("Post the comment", POSTED, [("--jq", there, 0), ("--method", {}, 0)])
    assert ended.returncode == 0, ended.stderr
    assert runner.outputs()["posted"] == "true"
    _, wrote = runner.calls()
    assert wrote["words"][: wrote["words"].index("--field")] == ["api", "--silent", "--method", method, to]
    assert wrote["body"] == comment.read_text()


@needs_jq
@pytest.mark.parametrize("refused", ["--jq", "--method"])
def test_a_token_that_may_not_write_leaves_the_comment_for_a_second_workflow(runner: Runner, refused: str) -> None:
    compared(runner)
    answers = [(refused, {"message": "Resource not accessible by integration"}, 1), ("--jq", [], 0)]
    ended = runner.step("Post the comment", POSTED, answers)
    assert ended.returncode == 0, ended.stderr
    assert "dagster-commons-diff" in ended.stdout
    assert runner.outputs()["posted"] == "false"
    artifact = next(each for each in steps(".") if each.get("uses", "").startswith("actions/upload-artifact@"))
    assert artifact["if"] == "steps.comment.outputs.posted == 'false'"
    assert resolved(artifact["with"]["path"], {"runner.temp": str(runner.temporary)}) == str(
        runner.temporary / "dagster-commons/comment"
    )


HEAD = "a" * 40
SECOND = {
    "inputs.token": TOKEN,
    "github.repository": "acme/platform",
    "github.event.workflow_run.id": "99",
    "github.event.workflow_run.head_sha": HEAD,
}


def second_workflow(left: Mapping[str, str], *, head: str = HEAD) -> list[tuple[str, Any, int]]:
    """What GitHub answers where a run left an artifact with the files `left`."""
    return [
        ("actions/runs/99/artifacts", {"artifacts": [{"name": "logs"}, {"name": "dagster-commons-diff"}]}, 0),
        ("run download 99", dict(left), 0),
        ("pulls/7", {"head": {"sha": head}}, 0),
        ("--paginate", [], 0),
        ("--method", {}, 0),
    ]


@needs_jq
def test_the_second_workflow_posts_what_the_first_left(runner: Runner) -> None:
    comment = compared(runner)
    left = {file.name: file.read_text() for file in comment.parent.iterdir()}
    ended = runner.step("Post the comment", SECOND, second_workflow(left), of="ci/github/post")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert runner.calls()[-1]["words"][:5] == ["api", "--silent", "--method", "POST", COMMENTS]
    assert runner.calls()[-1]["body"] == comment.read_text()


@needs_jq
@pytest.mark.parametrize(
    ("left", "head", "said"),
    [
        ({"number": "7; gh pr merge 8", "comment.md": MARK}, HEAD, "names no pull request"),
        ({"number": "7\n", "comment.md": MARK}, "b" * 40, "not for the last commit of pull request 7"),
        ({"number": "7\n", "comment.md": "buy now"}, HEAD, "no comment of commons diff"),
        ({"number": "7\n", "comment.md": f"{MARK}\n{'x' * 65_001}"}, HEAD, "no comment of commons diff"),
    ],
    ids=["no number", "another's pull request", "no comment of ours", "too long"],
)
def test_the_second_workflow_trusts_nothing_in_the_artifact(
    runner: Runner, left: dict[str, str], head: str, said: str
) -> None:
    ended = runner.step("Post the comment", SECOND, second_workflow(left, head=head), of="ci/github/post")
    assert ended.returncode == 1
    assert said in ended.stdout
    assert not [call for call in runner.calls() if "--method" in call["words"]]


@needs_jq
def test_without_an_artifact_the_second_workflow_is_done(runner: Runner) -> None:
    answers = [("actions/runs/99/artifacts", {"artifacts": []}, 0)]
    assert runner.step("Post the comment", SECOND, answers, of="ci/github/post").returncode == 0
    assert len(runner.calls()) == 1


@pytest.mark.network
@pytest.mark.matrix
@pytest.mark.timeout(300)
def test_the_action_installs_its_own_code(runner: Runner) -> None:
    ended = runner.step("Install commons", {"inputs.version": ""})
    assert ended.returncode == 0, ended.stderr
    program = Path((runner.place / "path").read_text().strip()) / "commons"
    assert subprocess.run([program, "--version"], check=False).returncode == 0


def gitlab(runner: Runner, answers: list[tuple[str, Any, int]], **more: str) -> subprocess.CompletedProcess[str]:
    document = yaml.safe_load(GITLAB.read_text("utf-8"))
    given = {
        **document["variables"],
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": git(runner.checkout, "rev-parse", "main").text.strip(),
        "CI_MERGE_REQUEST_PROJECT_ID": "12",
        "CI_MERGE_REQUEST_IID": "7",
        "CI_API_V4_URL": "https://git.example.com/api/v4",
    }
    (script,) = document["commons-diff"]["script"]
    return runner.run(script, {**given, "COMMONS_FAIL_ON": LENIENT, **more}, answers)


NOTES = "https://git.example.com/api/v4/projects/12/merge_requests/7/notes"


@pytest.mark.parametrize(
    ("pages", "method", "to"),
    [
        ([[]], "POST", NOTES),
        ([[{"id": 3, "body": "hello"}], [{"id": 5, "body": f"{MARK}\nold"}]], "PUT", f"{NOTES}/5"),
        ([[{"id": 3, "body": "hello"}], []], "POST", NOTES),
    ],
    ids=["none yet", "ours, on the second page", "others only"],
)
def test_gitlab_posts_or_updates_one_note(runner: Runner, pages: list[Any], method: str, to: str) -> None:
    answers = [(f"&page={number}", page, 0) for number, page in enumerate(pages, 1)]
    ended = gitlab(runner, [*answers, ("--request", {}, 0)], COMMONS_TOKEN=TOKEN)
    assert ended.returncode == 0, ended.stderr
    *asked, wrote = runner.calls()
    assert len(asked) == len(pages)
    assert wrote["words"][wrote["words"].index("--request") + 1] == method
    assert wrote["words"][-1] == to
    assert wrote["body"] == (runner.checkout / "commons-diff/comment.md").read_text()
    assert wrote["body"].startswith(MARK)
    assert {call["header"] for call in runner.calls()} == {f"PRIVATE-TOKEN: {TOKEN}"}
    assert TOKEN not in " ".join(word for call in runner.calls() for word in call["words"])


def test_gitlab_without_a_token_leaves_the_artifact(runner: Runner) -> None:
    ended = gitlab(runner, [], COMMONS_FAIL_ON="breaking,broken,unverifiable")
    assert ended.returncode == 1
    assert "the comment is the artifact commons-diff/comment.md" in ended.stdout
    assert (runner.checkout / "commons-diff/comment.md").read_text().startswith(MARK)
    assert runner.calls() == []


def test_gitlab_s_shell_is_strict_and_the_page_has_its_variables() -> None:
    document = yaml.safe_load(GITLAB.read_text("utf-8"))
    job = document["commons-diff"]
    assert all(each.startswith("set -euo pipefail\n") for each in (*job["before_script"], *job["script"]))
    for name, value in document["variables"].items():
        assert f"| `{name}` | `{value}` |" in PAGE
    assert job["variables"] == {"GIT_DEPTH": "0", "GIT_SUBMODULE_STRATEGY": "recursive"}
