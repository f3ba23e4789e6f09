"""The click group behind `commons`: lazy verbs, and the one place where failures become exit codes."""

from __future__ import annotations

import itertools
import signal
import sys
from importlib import import_module
from typing import TYPE_CHECKING

import click

from dagster_commons import __version__
from dagster_commons.cli._verbs import SECTIONS, VERBS
from dagster_commons.errors import CommonsError, InterruptedRunError, UsageError

if TYPE_CHECKING:
    from types import FrameType
    from typing import NoReturn

PROGRAM = "commons"


class LazyGroup(click.Group):
    """A group whose commands are modules of this folder, imported only when asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        verb = VERBS.get(cmd_name)
        if verb is None:
            return None
        module = import_module(f"dagster_commons.cli.{verb.module}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in VERBS and not args[0].startswith("-"):
            raise UsageError(f"there is no command `{args[0]}`", hint=_did_you_mean(args[0]))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        for title, verbs in SECTIONS:
            with formatter.section(title):
                formatter.write_dl([(verb.name, verb.summary) for verb in verbs])


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Start with `commons status` in any Dagster repository; `commons demo` shows the whole story.",
)
@click.version_option(__version__, message="commons %(version)s")
def app() -> None:
    """Share Python code across Dagster code locations, and see what every change does before it lands."""


def run() -> NoReturn:
    """Run the command line and end the process with one of the documented exit codes."""
    signal.signal(signal.SIGTERM, _terminate)
    try:
        code = app.main(prog_name=PROGRAM, standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(error.exit_code)
    except click.ClickException as error:
        _fail(_usage_error(error))
    except (KeyboardInterrupt, click.Abort):
        _fail(InterruptedRunError("interrupted; nothing was left half-written"))
    except CommonsError as error:
        _fail(error)
    except BrokenPipeError:
        raise  # the reader of our output went away: `main` ends quietly
    except Exception as error:  # noqa: BLE001 - our own bug: written to a log, never a traceback on the screen
        _fail_with_log(error)


def _terminate(number: int, frame: FrameType | None) -> NoReturn:
    del number, frame
    raise KeyboardInterrupt


def _usage_error(error: click.ClickException) -> UsageError:
    """What click says of the command line, in our own words and with our own hint."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    help_of = f"{context.command_path if context is not None else PROGRAM} --help"
    if isinstance(error, click.NoSuchOption):
        close = f"did you mean `{error.possibilities[0]}`? " if error.possibilities else ""
        return UsageError(f"there is no option {error.option_name}", hint=f"{close}{help_of}")
    message = " ".join(error.format_message().split()).removesuffix(".")
    return UsageError(message[:1].lower() + message[1:], hint=help_of)


def _fail(error: CommonsError) -> NoReturn:
    from dagster_commons.report import console, errors  # noqa: PLC0415 - only a failure pays for it

    if _is_json_asked_for():
        console.write(errors.as_json(error))
    console.write_error(errors.as_text(error, colour=console.is_coloured(sys.stderr)))
    sys.exit(error.exit_code)


def _fail_with_log(error: Exception) -> NoReturn:
    from dagster_commons.report import console, errors  # noqa: PLC0415 - only a failure pays for it
    from dagster_commons.tools.crash_log import write_crash_log  # noqa: PLC0415

    log = write_crash_log(error, argv=tuple(sys.argv[1:]))
    if _is_json_asked_for():
        console.write(errors.as_bug_json(error, log))
    console.write_error(errors.as_bug_text(error, log))
    sys.exit(CommonsError.exit_code)


def _is_json_asked_for() -> bool:
    words = sys.argv[1:]
    return "--format=json" in words or ("--format", "json") in itertools.pairwise(words)


def _did_you_mean(word: str) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - only a typo pays for it

    close = get_close_matches(word, VERBS, n=1)
    return f"did you mean `{close[0]}`?" if close else "`commons --help` lists them"
