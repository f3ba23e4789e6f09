"""The passwords and tokens of the tests: each holds one of `MARKS`, so that one that escapes is found wherever it went."""

from __future__ import annotations

import secrets

MARK = "s3cret-"
TOKEN_PREFIX = "issued-t0ken-"  # noqa: S105 - of what the clouds on loopback hand out
IDENTITY_HEADER = "identity-h3ader"
MARKS = (MARK, TOKEN_PREFIX, IDENTITY_HEADER, "aws-s3cret", "wr0ng-w0rd")
# What the tests themselves write: the user's own files, which hold what they hold.  Paths below the test run's directory.
WRITTEN_BY_TESTS = (
    "*/netrc",
    "*/.netrc",
    "*/test_a_profile_with_keys_*/config",  # of the AWS CLI
    "*/test_the_commands_of_the_page_*/publisher.json",  # what curl sends
    "*/test_the_commands_of_the_page_*/reader.json",
)


def secret(whose: str) -> str:
    """A password that nobody has used before."""
    return f"{MARK}{whose}-{secrets.token_hex(8)}"
