from __future__ import annotations

import pytest

from dagster_commons.tools.indexes.uploads import Sent, outcome_of
from dagster_commons.tools.process import Command, Completed

BEGIN = "Publishing 1 file to http://127.0.0.1:1/status code 401/\nUploading shared-0.1.0-py3-none-any.whl (1.0KiB)\n"
FAILED = "error: Failed to publish `/status code 403 Forbidden/x.whl` to `http://127.0.0.1:1/`\n"


def outcome(said: str, exit_code: int = 2) -> Sent:
    return outcome_of(
        Completed(command=Command(argv=("uv",)), exit_code=exit_code, stdout=b"", stderr=f"{BEGIN}{said}".encode())
    )


@pytest.mark.parametrize(
    ("cause", "status", "said"),
    [
        # uv 0.13
        ("Server returned status code 403 Forbidden. Server says: 403 no permission to submit", 403, "403 no permis…"),
        ("Server returned status code 401 Unauthorized. Server says: <html>401</html>", 401, ""),
        (
            "Server returned status code 409 Conflict. Server says:\n      <!DOCTYPE html>\n      status code 404",
            409,
            "",
        ),
        ("Server returned status code 400 Bad Request. Server says: no\n         status code 500", 400, "no"),
        ("POST requests are not supported by the endpoint, are you …? Server says: status code 401", 405, ""),
        # uv 0.9
        ("Upload failed with status code 502 Bad Gateway. Server says: status code 401", 502, "status code 401"),
        ("Permission denied (status code 403 Forbidden): status code 401 for you", 403, "status code 401 for you"),
        ("Upload failed with status 500 Internal Server Error", 500, ""),
        ("POST requests are not supported by the endpoint, are you using the simple index URL …?", 405, ""),
    ],
)
@pytest.mark.parametrize("word", ["  cause: ", "  Caused by: "])
def test_the_status_is_the_one_that_uv_names(word: str, cause: str, status: int, said: str) -> None:
    sent = outcome(f"{FAILED}{word}{cause}")
    assert (sent.is_taken, sent.status, sent.is_sent_on) == (False, status, False)
    assert sent.said.startswith(said.removesuffix("…"))
    assert bool(sent.said) == bool(said)


def test_without_an_answer_there_is_no_status() -> None:
    sent = outcome(
        f"{FAILED}  cause: Failed to send POST request\n"
        "  cause: error sending request for url (http://127.0.0.1:1/status code 401/)\n"
        "  cause: client error (SendRequest)\n  cause: Connection reset by peer (os error 104)"
    )
    assert (sent.status, sent.said) == (None, "Connection reset by peer (os error 104)")


@pytest.mark.parametrize(
    "cause",
    [
        "Redirected URL is not in the same realm. Redirected to: http://127.0.0.1:2/",
        "Request was redirected, but location header is not a URL\n  cause: relative URL without a base",
        "The request was redirected, but redirects are not allowed when publishing, please use … `http://127.0.0.1:2/`",
    ],
)
def test_redirects(cause: str) -> None:
    sent = outcome(f"{FAILED}  cause: {cause}")
    assert sent.is_sent_on
    assert sent.said == cause.partition("\n")[0]


def test_what_uv_says_before_it_has_asked_anybody() -> None:
    assert outcome("error: Index not found: corp").said == "Index not found: corp"
    assert outcome("", exit_code=0) == Sent(is_taken=True)


def test_credentials_in_what_uv_says_are_left_out() -> None:
    said = "Redirected to: http://who:s3cret-word@127.0.0.1:2/"
    assert "s3cret" not in outcome(f"{FAILED}  cause: {said}").said
