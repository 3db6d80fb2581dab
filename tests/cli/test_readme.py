"""The README, run: its demo, its SQL, its Python, and the commands in all texts."""

import os
import re
import subprocess
import sys
from pathlib import Path

import click
import topics
from sqlalchemy import Engine, text

from coinstore.synthetic import Mintage
from coinstore_cli.main import COMMANDS, cli
from coinstore_cli.shared.commands import GroupOfNames

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
    assert "The store is in" in demo.stdout


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


def test_the_demo_prints_what_the_readme_shows(demo) -> None:
    """The last digit of a number depends on the processor."""
    shown = re.search(r"```\n(Which coins of other.*?)```", README, re.DOTALL)[1]
    assert words(demo.stdout)[: len(words(shown))] == words(shown)


def test_the_demo_convinces(demo) -> None:
    """All answers are coins of the same type, from other collections; a contact sheet shows them."""
    assert len(re.findall(r"^(?:Hoard of Hill 7|Sammlung Nord) .* Demo 1 ", demo.stdout, re.MULTILINE)) == 5
    asked, good = map(
        int, re.search(r"Asked about (\d+) coins like this, (\d+) answers", demo.stdout).groups()
    )
    assert asked == 20 and good >= 0.9 * asked
    assert "of 100 random pairs" in demo.stdout
    page = Path(re.search(r"open (\S+look-alikes\.html)", demo.stdout)[1]).read_text("utf-8")
    assert page.count("data:image/jpeg;base64,") == 12


def words(text_: str) -> list[str]:
    return re.sub(r"(?<=\.)\d+", "", text_).split()


def command_lines() -> list[str]:
    """Every line with a command in the README and in the topics."""
    shown = blocks("sh") + [
        block
        for topic in topics.NAMES
        for language, block in topics.blocks(topic)
        if language in ("sh", topics.NAMES_ONLY)
    ]
    return re.findall(r"^(?:\S*/)?(coinstore .*)$", "\n".join(shown), re.MULTILINE)


def test_every_command_in_the_texts_exists() -> None:
    context = click.Context(cli)
    for line in command_lines():
        name = line.split()[1]
        if name.startswith("-"):
            continue
        command, *words = cli.get_command(context, name), *line.split()[2:]
        assert command is not None, line
        while isinstance(command, click.Group) and not (
            command.invoke_without_command
            and (
                not words
                or words[0].startswith("-")
                or (isinstance(command, GroupOfNames) and words[0] not in command.commands)
            )
        ):
            command, *words = command.get_command(context, words[0]), *words[1:]
        assert command is not None, line
        options = {option for parameter in command.params for option in parameter.opts}
        used = set(re.findall(r" (--?[a-z][a-z-]*)", line.split(" #")[0].split("--where")[0]))
        assert used <= options, line


def test_every_command_is_shown_in_the_texts() -> None:
    texts = README + "".join(file.read_text("utf-8") for file in topics.FOLDER.glob("*.md"))
    assert [name for name in COMMANDS if not re.search(rf"coinstore {name}\b", texts)] == []


def test_the_readme_is_short_and_its_links_work() -> None:
    """At most 600 words plus code; links are paths, so that they open on a code host."""
    prose = re.sub(r"```.*?```|<!--.*?-->|\]\([^)]*\)", "", README, flags=re.DOTALL)
    assert len(re.findall(r"[\w'/.-]+", prose)) <= 600
    root = Path(__file__).parents[2]
    links = re.findall(r"\]\(([^)]*)\)", README)
    assert [link for link in links if not (root / link).is_file()] == []
    assert {f"cli/topics/{name}.md" for name in topics.NAMES} <= set(links)


def test_the_two_commands_stand_as_they_are() -> None:
    demo_command, test_command = re.findall(
        r"<!-- (?:demo|test) command -->\n```sh\n(.*?)```", README, re.DOTALL
    )
    assert demo_command.splitlines()[-1].endswith("coinstore demo")
    assert test_command.splitlines()[-1].endswith("-m pytest")
    assert os.access(Path(__file__).parents[2] / ".ci/run", os.X_OK)
