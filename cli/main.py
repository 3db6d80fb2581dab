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
from .shared.commands import Group

STOPPED = "stopped; nothing that was stored is lost. Run the same command again."
SECTIONS = {
    "Start": {
        "demo": "Draw coins, load and embed them, and ask which look alike.",
        "ingest": "Load records and photographs.",
        "embed": "Fill spaces with the vectors they lack.",
        "faults": "List what could not be loaded, and why.",
        "help": "Show a longer text about a topic.",
    },
    "Ask": {
        "similar": "Show the coins that look most like one coin.",
        "browse": "Look, ask and judge in web pages.",
        "sheet": "Make a contact sheet of coins and their look-alikes.",
        "export": "Write coins for other programs: CSV, XLSX, NUDS, RDF.",
        "describe": "Summarise the coins: counts, gaps, outliers, duplicates.",
        "dies": "Group coins into dies, draw links, estimate their number.",
    },
    "Study": {
        "space": "Add, list, derive, switch, index and drop spaces.",
        "model": "List the models that a space can be made of.",
        "weights": "List, fetch, add and verify the weights of models.",
        "fuse": "Join spaces into a new one.",
        "learn": "Learn a label in a second and keep it as a space.",
        "finetune": "Train a network on a label and keep it as a space.",
        "vectors": "Import and export vectors.",
        "graph": "Build, analyse, draw and export similarity graphs.",
        "match": "Find pairs of coins that may be of one die.",
        "map": "Lay coins out on a plane by their look.",
        "evaluate": "Measure how well spaces find coins that belong together.",
        "classify": "Propose values for coins that lack one.",
    },
    "Curate": {
        "proposals": "List, accept and reject proposed values.",
        "outline": "Show and correct where coins are in their photographs.",
        "terms": "Give one thing one name.",
        "values": "List fields with several names or an uncertain one.",
        "impute": "Fill in missing values by a rule, in separate columns.",
    },
    "Run": {
        "db": "Start, stop, inspect and upgrade the database.",
        "bi": "Manage logins for BI tools, and private collections.",
        "status": "Show sizes, coverage, queue, faults and settings.",
        "check": "Find what is wrong in the store.",
        "backup": "Write the whole store into one file.",
        "restore": "Restore a backup into an empty store.",
    },
}
COMMANDS = {name: line for section in SECTIONS.values() for name, line in section.items()}
ALIASES = {"spaces": ("space", "list"), "models": ("model", "list")}
MODULES = {"restore": "backup"}  # where the module has another name than the command


class _Enough(Exception):
    """The reader of our output has seen enough."""


@contextmanager
def _until_enough() -> Iterator[None]:
    """Keeps a broken pipe from click, which would end the command with 1 and not say why."""
    try:
        yield
    except BrokenPipeError as error:
        raise _Enough from error


class Commands(Group):
    """The root: a command imports only its own module, and the list of commands imports none."""

    def make_context(self, *given: Any, **named: Any) -> click.Context:
        with _until_enough():  # --help is printed here
            return super().make_context(*given, **named)

    def invoke(self, context: click.Context) -> Any:
        with _until_enough():
            return super().invoke(context)

    def list_commands(self, context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name in ALIASES:
            group, verb = ALIASES[name]
            found = self.get_command(context, group)
            return found.get_command(context, verb) if isinstance(found, click.Group) else None
        if name not in COMMANDS:
            return None
        module = importlib.import_module(f".{MODULES.get(name, name)}", __package__)
        command: click.Command = getattr(module, name)
        return command

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands by section, one line each."""
        for title, lines in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([*lines.items()])
        short = ", ".join(f"{alias} = {' '.join(words)}" for alias, words in ALIASES.items())
        formatter.write(f"\nShort forms: {short}\n")


@click.command(
    cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(package_name="coinstore")
@click.option(
    "--log", metavar="FILE", envvar="COINSTORE_LOG", help="Log JSON lines to FILE; `json` logs to stderr."
)
@click.pass_context
def cli(context: click.Context, log: str | None) -> None:
    """Which other coins look like this one? A store of coins in Postgres.

    COINSTORE_HOME is the folder of the embedded server. COINSTORE_DATABASE_URL is the address of another
    Postgres server to use instead.

    \b
    coinstore demo                                   draws coins and answers a first question
    coinstore ingest records.csv --images photos/    loads a museum's table and its photographs
    coinstore embed hog                              computes the vectors that are missing
    coinstore similar "Museum/00115" -k 5            shows look-alikes
    """
    logs.begin(log)
    logs.event("begin", command=_named(context))


def _named(context: click.Context) -> str:
    """The command that was called, for example `bi grant`, without its arguments."""
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
    from coinstore.errors import CoinstoreError  # inside, so that Ctrl-C during the import ends in a sentence

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
    """Runs the command and writes all that it printed, while a failure to do so can still be reported."""
    try:
        code = cli.main(args=arguments, prog_name="coinstore", standalone_mode=False)
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):  # rich ends this way
            raise _Enough from end
        code = end.code
    sys.stdout.flush()
    return code if isinstance(code, int) else 0


def _let_go(*streams: TextIO) -> None:
    """Sends what streams could not write to nowhere; Python would try to write it again at exit."""
    for stream in streams:
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _stop(sentence: str) -> NoReturn:
    logs.event("error", level=logging.ERROR, sentence=sentence)
    click.echo(f"coinstore: {sentence}", err=True)
    sys.exit(1)
