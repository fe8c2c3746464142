"""Entry point: errors become one paragraph and an exit code, warnings one line each."""

from __future__ import annotations

import itertools
import re
import sys
import warnings
from typing import Any

from workbench.errors import RequestError, WorkbenchError, WorkbenchWarning, did_you_mean

EXIT_NO = 1
"""The answer is no: a failed run or check."""
EXIT_WRONG_REQUEST = 2
"""The request was wrong; nothing was done."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit."""
    argv = common_options_last(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in argv
    with warnings.catch_warnings():
        _show_own_warnings(debug)
        try:
            sys.exit(_app()(args=argv, prog_name="workbench", standalone_mode=False) or 0)
        except WorkbenchError as err:
            if debug:
                raise
            _print_error(err)
            sys.exit(EXIT_WRONG_REQUEST if isinstance(err, RequestError) else EXIT_NO)
        except Exception as err:
            import typer

            if isinstance(err, typer.Abort):  # nobody answered, or the answer was no
                print("Aborted.", file=sys.stderr)
                sys.exit(EXIT_NO)
            if not hasattr(err, "format_message"):  # what typer raises for a wrong command line, and keeps private
                raise
            _print_error(_usage(err, err.format_message()))
            sys.exit(EXIT_WRONG_REQUEST)


def _app() -> Any:
    from workbench.cli.app import build_app

    return build_app()


def common_options_last(argv: list[str]) -> list[str]:
    """Move common options behind all commands: `--store x runs` and `runs --store x rm` mean one store.

    What follows a `--` is left alone. A value that is missing is for typer to complain about.
    """
    from workbench.cli.settings import FLAGS, VALUED

    end = argv.index("--") if "--" in argv else len(argv)
    left = iter(argv[:end])
    others: list[str] = []
    common: list[str] = []
    for item in left:
        if item in VALUED:
            common += [item, *itertools.islice(left, 1)]
        else:
            (common if item in FLAGS or item.partition("=")[0] in VALUED else others).append(item)
    return [*others, *common, *argv[end:]]


def _usage(err: Exception, message: str) -> str:
    command = getattr(getattr(err, "ctx", None), "command_path", None) or "workbench"
    message = " ".join(message.split()).replace("Value error, ", "")
    stop = "" if message.endswith((".", "?")) else "."
    return f"{message}{stop}{_near_choice(message)} See `{command} --help`."


def _near_choice(message: str) -> str:
    """Say which of the choices that a message lists was meant."""
    refused = re.search(r"'([^']*)' is not one of (.*)", message)
    return did_you_mean(refused[1], re.findall(r"'([^']*)'", refused[2])) if refused else ""


def _print_error(err: WorkbenchError | str) -> None:
    import textwrap

    if sys.stderr.isatty():
        print(textwrap.fill(f"workbench: {err}", width=100), file=sys.stderr)
    else:
        print(f"workbench: {err}", file=sys.stderr)


def _show_own_warnings(debug: bool) -> None:
    """Print each warning of ours once, as a line; leave the libraries' own for `--debug`."""

    def show(message: Warning | str, category: type[Warning], *_: object, **__: object) -> None:
        print(f"note: {message}", file=sys.stderr)

    if not debug:
        warnings.simplefilter("ignore")
    warnings.simplefilter("once", WorkbenchWarning)
    warnings.showwarning = show
