"""What the SDKs of the three clouds are asked alike: in time, quietly, and with an answer in one sentence."""

from __future__ import annotations

import logging
import threading
import warnings
from typing import TYPE_CHECKING, TypeVar

from dagster_commons.errors import CredentialsError

if TYPE_CHECKING:
    from collections.abc import Callable

SECONDS = 30.0  # an SDK's own retries may take minutes
LONGEST_REASON = 200

Answer = TypeVar("Answer")


def no_token(token: str, reason: str, *, hint: str) -> CredentialsError:
    """`token` (whose it is) cannot be had; `reason` ends the sentence.  The registry itself was not asked."""
    return CredentialsError(f"no {token} because {reason}", hint=hint)


def missing_extra(token: str, distribution: str, extra: str) -> CredentialsError:
    """The SDK is not installed."""
    wanted = f"'dagster-commons[{extra}]'"
    return no_token(
        token, f"{distribution} is not installed", hint=f"uv tool install {wanted}, or pip install {wanted}"
    )


def in_time(ask: Callable[[], Answer]) -> Answer:
    """What `ask` says, or raises.  One that takes longer is left behind, and ends with the process.

    Raises:
        TimeoutError: it has not answered within `SECONDS`.

    """
    answers: list[Answer] = []
    failures: list[BaseException] = []

    def asked() -> None:
        try:
            answers.append(ask())
        except BaseException as error:  # noqa: BLE001 - raised again below, by the thread that waits for it
            failures.append(error)

    thread = threading.Thread(target=asked, daemon=True)
    thread.start()
    thread.join(SECONDS)
    if failures:
        raise failures[0]
    if not answers:
        raise TimeoutError(f"no answer within {SECONDS:g} s")
    return answers[0]


def quieten(package: str) -> None:
    """From now on, what `package` logs and warns of appears nowhere unless somebody has asked for it."""
    logger = logging.getLogger(package)
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())  # else Python prints warnings on stderr
    warnings.filterwarnings("ignore", module=package.replace(".", r"\."))


def in_one_sentence(error: BaseException) -> str:
    """The first line of what the SDK says, as the end of a sentence."""
    said = next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
    reason = " ".join(said.split())
    return reason if len(reason) <= LONGEST_REASON else f"{reason[: LONGEST_REASON - 1]}…"
