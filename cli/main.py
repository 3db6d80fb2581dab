"""The command `coinstore`: its groups, and the one place that turns errors into exit codes."""

from __future__ import annotations

import errno
import importlib
import logging
import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn, TextIO

import click

from .shared import logs

STOPPED = "stopped; nothing that was stored is lost. Run the same command again."
# Command -> module: a command imports its own module alone; the list of commands, all of them.
COMMANDS = {
    "backup": "backup",
    "bi": "bi",
    "check": "check",
    "classify": "classify",
    "db": "db",
    "demo": "demo",
    "describe": "describe",
    "dies": "dies",
    "embed": "embed",
    "evaluate": "evaluate",
    "faults": "faults",
    "finetune": "finetune",
    "fuse": "fuse",
    "graph": "graph",
    "help": "help",
    "impute": "impute",
    "ingest": "ingest",
    "map": "map",
    "models": "space",
    "proposals": "proposals",
    "restore": "backup",
    "sheet": "sheet",
    "similar": "similar",
    "space": "space",
    "spaces": "embed",
    "status": "status",
    "terms": "terms",
    "vectors": "vectors",
    "weights": "weights",
}


class _Enough(Exception):
    """The reader of our output has seen enough."""


@contextmanager
def _until_enough() -> Iterator[None]:
    """Click ends a command whose output is a broken pipe with 1, and says to no one why: it shall not see it."""
    try:
        yield
    except BrokenPipeError as error:
        raise _Enough from error


class Commands(click.Group):
    """A group that finds its commands in modules of this package."""

    def make_context(self, *given: Any, **named: Any) -> click.Context:
        with _until_enough():  # --help is printed here
            return super().make_context(*given, **named)

    def invoke(self, context: click.Context) -> Any:
        with _until_enough():
            return super().invoke(context)

    def list_commands(self, context: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module = importlib.import_module(f".{COMMANDS[name]}", __package__)
        command: click.Command = getattr(module, name)
        return command


@click.command(
    cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(package_name="coinstore")
@click.option(
    "--log", metavar="FILE", envvar="COINSTORE_LOG", help="Log as lines of JSON to FILE; `json`: to stderr."
)
@click.pass_context
def cli(context: click.Context, log: str | None) -> None:
    """Which other coins look like this one? A store of coins in Postgres.

    \b
    coinstore demo                                   coins drawn on the spot, and a first answer
    coinstore ingest records.csv --images photos/    a museum's table and photographs
    coinstore embed hog                              vectors for what is new
    coinstore similar "Museum/00115" -k 5            look-alikes

    COINSTORE_HOME is the folder of the embedded server; COINSTORE_DATABASE_URL an outside one.
    """
    logs.begin(log)
    logs.event("begin", command=_named(context))


def _named(context: click.Context) -> str:
    """The command that was called, `bi grant` say, without its arguments."""
    name = context.invoked_subcommand or ""
    group = cli.get_command(context, name)
    known = group.list_commands(context) if isinstance(group, click.Group) else []
    behind = sys.argv[sys.argv.index(name) + 1 :] if name in sys.argv else []
    return " ".join([name, *(word for word in behind[:1] if word in known)])


def main(arguments: Sequence[str] | None = None) -> Any:
    """Runs a command. Exit codes: 0 done, 1 an error with its sentence, 2 wrong usage, 3 all refused."""
    try:
        _run(arguments)
    except KeyboardInterrupt:  # while the packages were still being loaded
        _stop(STOPPED)
    except SystemExit as end:
        logs.event("end", code=end.code or 0)
        raise


def _run(arguments: Sequence[str] | None) -> NoReturn:
    from coinstore.errors import CoinstoreError  # takes a while, and Ctrl-C may come meanwhile

    warnings.filterwarnings("ignore", module="PIL")  # its remarks on odd files; what matters becomes a fault
    try:
        sys.exit(_code(arguments))
    except CoinstoreError as error:
        _stop(str(error))
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        _stop(STOPPED)
    except (_Enough, BrokenPipeError):
        _let_go(sys.stdout, sys.stderr)
        sys.exit(0)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
            if not isinstance(error.filename, str | os.PathLike):
                raise
            _stop(f"{os.fspath(error.filename)}: {error.strerror}; give another file or folder.")
        _let_go(sys.stdout)
        _stop(f"the output cannot be written: {error.strerror}.")


def _code(arguments: Sequence[str] | None) -> int:
    """Runs the command and writes all that it printed: later no failure of that could be told."""
    try:
        code = cli.main(args=arguments, prog_name="coinstore", standalone_mode=False)
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):  # as rich ends
            raise _Enough from end
        code = end.code
    sys.stdout.flush()
    return code if isinstance(code, int) else 0


def _let_go(*streams: TextIO) -> None:
    """What is still to be written to streams that take no more goes nowhere, or Python would try once more."""
    for stream in streams:
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _stop(sentence: str) -> NoReturn:
    logs.event("error", level=logging.ERROR, sentence=sentence)
    click.echo(f"coinstore: {sentence}", err=True)
    sys.exit(1)
