"""The README, run: its SQL, its Python, the names of its commands and options."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
from sqlalchemy import Engine, text

from coinstore.synthetic import Mintage
from coinstore_cli.main import COMMANDS, cli

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_the_demo_answers_and_its_sql_gives_the_same_rows(demo, store: Engine) -> None:
    rows = [line.split() for line in demo.stdout.splitlines() if re.match(r"(Hoard|Sammlung)", line)]
    assert len(rows) == 5
    query = re.search(r"select.*?;", demo.stdout, re.DOTALL)
    assert query
    with store.begin() as c:
        same = c.execute(text(query[0])).all()
    assert [row.inventory_number for row in same] == [
        re.search(r"(HH|SN) \d+", " ".join(row))[0] for row in rows
    ]
    assert "The store lives in" in demo.stdout


def test_sql_and_python(demo, store: Engine, environment: dict[str, str], tmp_path: Path) -> None:
    Mintage(seed=0).picture(0, "obverse").save(tmp_path / "photo.jpg")
    for query in blocks("sql"):
        with store.begin() as c:
            c.execute(text(query)).all()
    for code in blocks("python"):
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", code],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr


def test_commands_print_what_the_readme_shows(demo, coinstore) -> None:
    """Numbers apart, whose last digit hangs on the processor."""
    for block in re.findall(r"<!-- output on the demo's store -->\n```\n(.*?)```", README, re.DOTALL):
        commands = [line for line in block.splitlines() if line.startswith("$ ")]
        printed = "".join(f"{line}\n{coinstore(*shlex.split(line)[2:]).stdout}" for line in commands)
        assert words(printed) == words(block)
    shown = re.search(r"```\n(Which coins of other.*?)```", README, re.DOTALL)[1]
    assert words(demo.stdout)[: len(words(shown))] == words(shown)


def words(text_: str) -> list[str]:
    return re.sub(r"(?<=\.)\d+", "", text_).split()


def test_every_command_in_the_readme_exists() -> None:
    context = click.Context(cli)
    named = set(re.findall(r"^(?:\S*/)?coinstore (\w+)", "\n".join(blocks("sh")), re.MULTILINE))
    assert named <= set(COMMANDS)
    for name in COMMANDS:
        assert re.search(rf"coinstore {name}\b", README), f"{name} is not in the README"
    for line in re.findall(r"^coinstore .*$", "\n".join(blocks("sh")), re.MULTILINE):
        command, *words = cli.get_command(context, line.split()[1]), *line.split()[2:]
        while isinstance(command, click.Group):
            command, *words = command.get_command(context, words[0]), *words[1:]
        assert command is not None, line
        options = {option for parameter in command.params for option in parameter.opts}
        used = set(re.findall(r" (--?[a-z][a-z-]*)", line.split("#")[0].split("--where")[0]))
        assert used <= options, line


def test_the_two_commands_stand_as_they_are() -> None:
    demo_command, test_command = blocks("sh")[:2]
    assert demo_command.splitlines()[-1].endswith("coinstore demo")
    assert test_command.splitlines()[-1].endswith("-m pytest")
    assert os.access(Path(__file__).parents[2] / ".ci/run", os.X_OK)


def test_figures_are_those_of_the_benchmarks_topic() -> None:
    """Each stands in two places, and is written in both when it is measured again."""
    topic = (Path(__file__).parents[2] / "cli/topics/benchmarks.md").read_text("utf-8")
    rows = re.findall(r"^\| .+ \| (.+) \| (.+) \|$", README.partition("## Benchmarks")[2], re.MULTILINE)[1:]
    assert len(rows) == 6
    figures = {figure for row in rows for figure in re.findall(r"\d+\.\d+|\d+ MB", " ".join(row))}
    assert {figure for figure in figures if not re.search(rf"(?<![\d.]){figure}(?!\d)", topic)} == set()
