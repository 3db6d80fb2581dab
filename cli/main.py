"""The command `coinstore`: its groups, and the one place that turns errors into exit codes."""

from __future__ import annotations

import importlib
import sys
import warnings
from collections.abc import Sequence
from typing import Any

import click

from coinstore.errors import CoinstoreError

# Command -> module: a command imports its own module alone; the list of commands, all of them.
COMMANDS = {
    "db": "db",
    "demo": "demo",
    "embed": "embed",
    "faults": "faults",
    "ingest": "ingest",
    "models": "space",
    "similar": "similar",
    "space": "space",
    "spaces": "embed",
    "vectors": "vectors",
    "weights": "weights",
}


class Commands(click.Group):
    """A group that finds its commands in modules of this package."""

    def list_commands(self, context: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module = importlib.import_module(f".{COMMANDS[name]}", __package__)
        command: click.Command = getattr(module, name)
        return command


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="coinstore")
def cli() -> None:
    """Which other coins look like this one? A store of coins in Postgres.

    \b
    coinstore demo                                   coins drawn on the spot, and a first answer
    coinstore ingest records.csv --images photos/    a museum's table and photographs
    coinstore embed hog                              vectors for what is new
    coinstore similar "Museum/00115" -k 5            look-alikes

    COINSTORE_HOME is the folder of the embedded server; COINSTORE_DATABASE_URL an outside one.
    """


def main(arguments: Sequence[str] | None = None) -> Any:
    """Runs a command. Exit codes: 0 done, 1 an error with its sentence, 2 wrong usage, 3 all refused."""
    warnings.filterwarnings("ignore", module="PIL")  # its remarks on odd files; what matters becomes a fault
    try:
        return cli.main(args=arguments, prog_name="coinstore", standalone_mode=True)
    except CoinstoreError as error:
        click.echo(f"coinstore: {error}", err=True)
        sys.exit(1)
    except BrokenPipeError:  # the reader of our output has seen enough
        sys.stderr.close()
        sys.exit(0)
