"""Commands and groups whose help starts with an example, and their `--config` file."""

from __future__ import annotations

import inspect
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import click


class Command(click.Command):
    """A command whose help starts with its shortest example.

    The last block after `\\b` in a docstring holds the examples, the shortest first.
    """

    example = ""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        text, mark, examples = inspect.cleandoc(self.help or "").rpartition("\b\n")
        if mark:
            first, *more = examples.splitlines()
            self.example = re.split(r"\s{2,}", first)[0]
            self.help = text + ("\b\n" + "\n".join(more) if more else "")

    def format_help(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """The example, then what click writes."""
        if self.example:
            formatter.write(f"Example: {self.example}\n\n")
        super().format_help(context, formatter)

    def format_options(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """The options, and the keys of a `--config` file."""
        super().format_options(context, formatter)
        for option in self.params:
            if isinstance(option, ConfigOption):
                with formatter.section("Keys of the --config file, with their defaults"):
                    formatter.write_dl([key.row(name) for name, key in option.keys.items()])


class Group(Command, click.Group):
    """A group of such commands."""

    command_class = Command
    group_class = type


class GroupOfNames(Group):
    """A group whose first word may be a command; otherwise all words are names, which it gets as `names`."""

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        if args and args[0] in self.commands:
            return super().parse_args(context, args)
        context.allow_interspersed_args = True
        context.params["names"] = tuple(click.Command.parse_args(self, context, args))
        context.args = []
        return []


class Key(NamedTuple):
    """One key of a `--config` file; a tuple as default: a list of values of this type."""

    type: click.ParamType
    default: Any
    help: str

    def row(self, name: str) -> tuple[str, str]:
        """How help shows it."""
        value = list(self.default) if isinstance(self.default, tuple) else self.default
        return f"{name} = {str(value).lower()}", self.help

    def convert(self, name: str, value: Any, context: click.Context) -> Any:
        """The value with its type; raises BadParameter."""
        try:
            if isinstance(self.default, tuple):
                return tuple(self.type.convert(str(one), None, context) for one in value)
            return self.type.convert(str(value), None, context)
        except (click.BadParameter, TypeError) as error:
            raise click.BadParameter(f"{name}: {error}") from None


class ConfigOption(click.Option):
    """The option `--config`, which knows the keys of its file."""

    def __init__(self, *given: Any, keys: Mapping[str, Key], **named: Any) -> None:
        super().__init__(*given, **named)
        self.keys = keys


def config(keys: Mapping[str, Key]) -> Callable[[Any], Any]:
    """Adds `--config FILE`: the command gets `config`, a value for each key."""

    def read(context: click.Context, _option: click.Parameter, path: Path | None) -> dict[str, Any]:
        given = _read(path, keys) if path else {}
        converted = {name: keys[name].convert(name, value, context) for name, value in given.items()}
        return {name: key.default for name, key in keys.items()} | converted

    return click.option(
        "--config",
        metavar="FILE.toml",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        callback=read,
        cls=ConfigOption,
        keys=keys,
        help="Settings that are rarely changed; the keys are listed below.",
    )


def _read(path: Path, keys: Mapping[str, Key]) -> dict[str, Any]:
    try:
        given = tomllib.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise click.BadParameter(f"{path} is not a TOML file: {error}.") from None
    if unknown := [name for name in given if name not in keys]:
        raise click.BadParameter(f"{path}: unknown {', '.join(unknown)}; the keys are {', '.join(keys)}.")
    return given
