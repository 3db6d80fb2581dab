"""The command line is one language: found by walking the tree of commands, so that a new command is covered too."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from coinstore_cli.main import ALIASES, COMMANDS, cli

Found = dict[str, click.Command]
# Not listings: --json prints one object, or the rows of something that was done.
OBJECTS = {
    "match show",
    "backup",
    "classify",
    "db status",
    "describe",
    "evaluate",
    "finetune",
    "fuse fit",
    "graph analyse",
    "learn",
    "proposals accept",
    "proposals reject",
    "restore",
    "space index",
    "status",
    "terms import",
}
DESTRUCTIVE = re.compile(r"\b(delete|drop|erase|reject|remove|revoke|truncate)$")
# Options of one meaning have one name, and these are not it.
GONE = {
    "--all-above",
    "--at-most",
    "--least",
    "--most",
    "--out",
    "--plot",
    "--plots",
    "--queries",
    "--random",
    "--report",
    "--said-by",
}
MEANINGS = {
    "--limit": "N",
    "--where": "SQL",
    "--as": "PERSON",
    "--min-certainty": "SHARE",
    "--config": "FILE.toml",
}


def walk(group: click.Group, path: str = "") -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield f"{path} {name}".strip(), command
        if isinstance(command, click.Group):
            yield from walk(command, f"{path} {name}".strip())


TREE: Found = dict(walk(cli))
COMMANDS_ONLY = {name: command for name, command in TREE.items() if not isinstance(command, click.Group)}


def options(command: click.Command) -> dict[str, click.Parameter]:
    return {name: parameter for parameter in command.params for name in parameter.opts}


def test_every_listing_prints_a_table_json_and_csv() -> None:
    lists = {name for name in COMMANDS_ONLY if name.endswith("list")}
    assert len(lists) >= 9
    for name, command in COMMANDS_ONLY.items():
        known = {"--json", "--csv", "--table"} & set(options(command))
        is_object = name in OBJECTS or name.startswith("impute ")
        if name in lists or (known and not is_object):
            assert known == {"--json", "--csv", "--table"}, name
    assert {"faults", "similar", "dies", "check", "map points", "graph sweep", "terms suggest"} <= {
        name for name, command in TREE.items() if "--csv" in options(command)
    }
    assert {name for name in OBJECTS if "--json" not in options(COMMANDS_ONLY[name])} == set()


def test_what_prints_rows_is_a_listing() -> None:
    """A command whose body prints rows in a form takes that form from the options."""
    for path in (Path(__file__).parents[2] / "cli").glob("*.py"):
        text = path.read_text("utf-8")
        assert text.count("@listing") >= ("print_rows(" in text), path


@pytest.mark.parametrize("name", [name for name in COMMANDS_ONLY if DESTRUCTIVE.search(name)])
def test_what_destroys_refuses_where_nobody_can_answer(coinstore, name: str) -> None:
    command = COMMANDS_ONLY[name]
    assert "--yes" in options(command), name
    given = name.split()
    for parameter in command.params:
        if parameter.required:
            given += [parameter.opts[0]] if isinstance(parameter, click.Option) else []
            is_choice = isinstance(parameter.type, click.Choice)
            given += [str(parameter.type.choices[0]) if is_choice else "1"]
    done = coinstore(*given, code=1)
    assert "add --yes" in done.stderr and done.stdout == ""


def test_all_that_destroys_is_known() -> None:
    found = {name for name in COMMANDS_ONLY if DESTRUCTIVE.search(name)}
    assert found == {name for name, command in COMMANDS_ONLY.items() if "--yes" in options(command)}
    assert len(found) >= 7


def test_one_meaning_has_one_name() -> None:
    for name, command in COMMANDS_ONLY.items():
        known = options(command)
        assert not GONE & set(known), name
        for option, metavar in MEANINGS.items():
            assert option not in known or known[option].metavar == metavar, (name, option)
        assert ("-o" in known) == ("--output" in known), name
        if "--by" in known:
            assert isinstance(known["--by"].type, click.Choice), f"{name}: --by takes a field, --as a person"
        if "--face" in known:
            choices = set(known["--face"].type.choices)
            assert choices in ({"obverse", "reverse"}, {"obverse", "reverse", "both"}), name
        if "-k" in known:
            assert known["-k"].opts == ["-k"], name


@pytest.mark.parametrize("name", TREE)
def test_help_starts_with_an_example_that_can_be_run(name: str) -> None:
    command = TREE[name]
    example = getattr(command, "example", "")
    assert example, f"{name}: its docstring ends with no block of examples"
    words = [word for word in shlex.split(example, comments=True) if "=" not in word or " " in word]
    assert words[0] == "coinstore"
    found, *rest = command_of(words[1:])
    assert found in TREE and (found == name or isinstance(command, click.Group)), example
    known = options(TREE[found]) if found in TREE else {}
    assert {word for word in rest if word.startswith("-") and len(word) > 1} <= set(known), example
    text = command.get_help(click.Context(command, info_name=name))
    assert text.startswith("Example: coinstore ")


def command_of(words: list[str]) -> list[str]:
    """The longest name of a command that words begin with, and the words behind it."""
    for n in (2, 1):
        if " ".join(words[:n]) in TREE:
            return [" ".join(words[:n]), *words[n:]]
    return ["", *words]


def test_each_command_has_one_line() -> None:
    """No short help is cut off, and the root knows all commands without importing any."""
    for name, command in TREE.items():
        if " " in name:
            assert not command.get_short_help_str(63).endswith("..."), name
    assert all(len(line) <= 63 and line.endswith(".") for line in COMMANDS.values())
    for alias, (group, verb) in ALIASES.items():
        assert cli.get_command(click.Context(cli), alias) is TREE[f"{group} {verb}"]


HEAVY = {"numpy", "sqlalchemy", "alembic", "PIL", "torch", "psycopg", "scipy", "sklearn", "networkx"}
LOADED = """
import sys
from coinstore_cli.main import main
try:
    main(sys.argv[1:])
except SystemExit:
    print("\\n".join(sys.modules), file=sys.stderr)
"""


@pytest.mark.parametrize("words", ["--help", "similar --help", "spaces --help", "graph --help", "map --help"])
def test_help_loads_nothing_heavy(words: str) -> None:
    """Help answers at once because it imports none of the libraries that the work needs."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *words.split()], capture_output=True, text=True, check=True
    )
    loaded = {name.partition(".")[0] for name in done.stderr.split()}
    assert "click" in loaded and "Usage: coinstore" in done.stdout
    assert not HEAVY & loaded


def test_a_command_that_reads_loads_nothing_that_changes_the_schema(url: str) -> None:
    environment = {**os.environ, "COINSTORE_DATABASE_URL": url}
    done = subprocess.run(
        [sys.executable, "-c", LOADED, "spaces"], capture_output=True, text=True, check=True, env=environment
    )
    loaded = {name.partition(".")[0] for name in done.stderr.split()}
    assert "sqlalchemy" in loaded and not {"alembic", "mako", "torch"} & loaded


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("epoch = 3", "unknown epoch; the keys are balance, dims, epochs, patience, negatives"),
        ("epochs = 2.5", "epochs: "),
        ("epochs = 0", "epochs: "),
        ("epochs = true", "epochs: "),
        ("epochs = [", "is not a TOML file"),
    ],
)
def test_a_config_file_is_read_with_care(coinstore, tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(text, "utf-8")
    fit = ["fuse", "fit", "x", "--image", "a", "--text", "b", "--config", str(file)]
    assert said in " ".join(coinstore(*fit, code=2).stderr.split())


def test_defaults_of_a_config_file_are_those_of_the_library() -> None:
    from coinstore.classify.models import ClassifierRecipe
    from coinstore.classify.run import ClassifierTrial
    from coinstore.models.fusion import Fitting

    def defaults(name: str) -> dict[str, object]:
        keys = options(COMMANDS_ONLY[name])["--config"].keys
        return {key: value.default for key, value in keys.items()}

    assert defaults("fuse fit").items() <= {n: getattr(Fitting(), n) for n in Fitting.__slots__}.items()
    recipe, trial = ClassifierRecipe(), ClassifierTrial()
    expected = {"folds": trial.folds, "strengths": recipe.strengths, "balanced": recipe.balanced}
    assert defaults("classify") == expected
    tuning = pytest.importorskip("coinstore.models.tuning", reason="PyTorch is not installed").Tuning()
    assert defaults("finetune").items() <= {n: getattr(tuning, n) for n in tuning.__slots__}.items()


def test_fields_tools_and_the_port_are_those_of_the_library() -> None:
    from coinstore.curation import impute, terms
    from coinstore.describe.summary import FIELDS
    from coinstore.running import clients, dashboards
    from coinstore.server import serve
    from coinstore_cli import bi, db, describe
    from coinstore_cli import impute as imputing
    from coinstore_cli.terms import FIELD

    assert tuple(FIELD.choices) == terms.FIELDS and db.PORT == serve.PORT
    assert tuple(describe.FIELDS) == FIELDS
    assert (tuple(bi.TOOLS), tuple(bi.DASHBOARD_TOOLS)) == (clients.TOOLS, dashboards.TOOLS)
    assert ([*impute.NUMBERS], [*impute.TEXTS]) == (imputing.NUMBERS, imputing.TEXTS)
    assert tuple(imputing.GROUPS) == impute.GROUPS
