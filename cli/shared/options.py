"""The options that several commands share: one name for each meaning."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

FACE = click.Choice(["obverse", "reverse"])
FACES = click.Choice(["obverse", "reverse", "both"])
MOST = 2**31 - 1  # the largest int of Postgres
FORMS = ("json", "csv", "table")
Decorator = Callable[[Any], Any]


def face(help: str = "The face to compare, or both together.", **more: Any) -> Decorator:
    """`--face`: one face, or both."""
    settings = {"type": FACES, "default": "obverse", "show_default": True} | more
    return click.option("--face", help=help, **settings)


def k(help: str = "How many look-alikes.", *, most: int = 1000) -> Decorator:
    """`-k`: how many neighbours."""
    return click.option("-k", "k", type=click.IntRange(1, most), default=10, show_default=True, help=help)


def limit(help: str, *, least: int = 1, **more: Any) -> Decorator:
    """`--limit`: at most this many of something else than neighbours."""
    return click.option("--limit", metavar="N", type=click.IntRange(least, MOST), help=help, **more)


def where(columns: str = "api.coins", **more: Any) -> Decorator:
    """`--where`: which coins, as a condition in SQL."""
    settings = {"default": "true", "help": f"Condition in SQL over the columns of {columns}."} | more
    return click.option("--where", metavar="SQL", **settings)


def farthest(help: str) -> Decorator:
    """`--farthest`: the least similar instead of the most similar."""
    return click.option("--farthest", is_flag=True, help=help)


def min_certainty(help: str, **more: Any) -> Decorator:
    """`--min-certainty`: the lowest certainty, 0 to 1."""
    return click.option("--min-certainty", metavar="SHARE", type=click.FloatRange(0, 1), help=help, **more)


def person(*, required: bool = False) -> Decorator:
    """`--as`: the person who decides; without `required` the user of this computer."""
    settings: dict[str, Any] = {"required": True, "help": "Who decides."}
    if not required:
        settings = {"default": _user, "help": "Who says so.  [default: your user name]"}
    return click.option("--as", "person", metavar="PERSON", callback=_named, **settings)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "someone"


def _named(_context: click.Context, _option: click.Parameter, name: str) -> str:
    if not name.strip():
        raise click.BadParameter("give a name, as in --as 'A. Curator'")
    return name


def output(help: str, *, metavar: str = "FILE", **more: Any) -> Decorator:
    """`-o`, `--output`: the file to write."""
    return click.option("-o", "--output", metavar=metavar, type=click.Path(path_type=Path), help=help, **more)


def outlines() -> Decorator:
    """`--outlines`: draw them on the photographs."""
    return click.option("--outlines", is_flag=True, help="Draw where each coin is in its photograph.")


as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


def listing(command: Any) -> Any:
    """Adds `--json`, `--csv` and `--table` to a command that prints rows; it gets the choice as `form`."""

    @click.option("--json", is_flag=True, help="Print a JSON array of objects.")
    @click.option("--csv", is_flag=True, help="Print comma-separated values that are safe in a spreadsheet.")
    @click.option("--table", is_flag=True, help="Print a table.  [default]")
    @wraps(command)
    def run(*given: Any, **named: Any) -> Any:
        asked = [form for form in FORMS if named.pop(form)]
        if len(asked) > 1:
            raise click.UsageError("Give either --json, --csv or --table.")
        return command(*given, form=asked[0] if asked else "table", **named)

    return run


def destructive(question: str) -> Decorator:
    """Adds `--yes`: without it the command asks first, and refuses where there is no terminal to ask at."""

    def decorate(command: Any) -> Any:
        @click.option("--yes", is_flag=True, help="Do not ask.")
        @wraps(command)
        def run(*given: Any, yes: bool, **named: Any) -> Any:
            if not yes:
                _confirm(question.format(**{name: _shown(value) for name, value in named.items()}))
            return command(*given, **named)

        return run

    return decorate


def _confirm(question: str) -> None:
    from coinstore.errors import SettingsError

    if not sys.stdin.isatty():
        raise SettingsError(
            f"{question} There is no terminal to answer at; add --yes to go on without asking."
        )
    if not click.confirm(question, err=True):
        raise SettingsError("nothing was changed.")


def _shown(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
