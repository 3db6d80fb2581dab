"""The command `coinstore`: its groups, and the one place that turns errors into exit codes."""

from __future__ import annotations

import errno
import importlib
import os
import sys
import warnings
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from coinstore.errors import CoinstoreError

# Command -> module: a command imports its own module alone; the list of commands, all of them.
COMMANDS = {
    "bi": "bi",
    "db": "db",
    "demo": "demo",
    "embed": "embed",
    "evaluate": "evaluate",
    "faults": "faults",
    "fuse": "fuse",
    "graph": "graph",
    "impute": "impute",
    "ingest": "ingest",
    "map": "map",
    "models": "space",
    "sheet": "sheet",
    "similar": "similar",
    "space": "space",
    "spaces": "embed",
    "terms": "terms",
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
        code = cli.main(args=arguments, prog_name="coinstore", standalone_mode=False)
        sys.stdout.flush()
        sys.exit(code if isinstance(code, int) else 0)
    except CoinstoreError as error:
        _stop(str(error))
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        _stop("stopped; nothing that was stored is lost. Run the same command again.")
    except BrokenPipeError:  # the reader of our output has seen enough
        sys.stderr.close()
        sys.exit(0)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
            if not isinstance(error.filename, str | os.PathLike):
                raise
            _stop(f"{os.fspath(error.filename)}: {error.strerror}; give another file or folder.")
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python would try once more
        _stop(f"the output cannot be written: {error.strerror}.")


def _stop(sentence: str) -> NoReturn:
    click.echo(f"coinstore: {sentence}", err=True)
    sys.exit(1)
