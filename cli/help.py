"""coinstore help: the longer texts in the folder topics."""

from __future__ import annotations

from importlib.resources import files

import click

from .shared.commands import Command


def topics() -> dict[str, str]:
    """Each topic and its first line."""
    found = {}
    for file in sorted(files(__package__).joinpath("topics").iterdir(), key=lambda file: file.name):
        if file.name.endswith(".md"):
            found[file.name[:-3]] = file.read_text("utf-8").splitlines()[0].lstrip("# ")
    return found


@click.command("help", cls=Command)
@click.argument("topic", required=False)
def help(topic: str | None) -> None:
    """Show a longer text about TOPIC, or list the topics.

    \b
    coinstore help
    coinstore help recipes
    coinstore help recipes > recipes.md
    """
    known = topics()
    if topic is None:
        for name, title in known.items():
            click.echo(f"{name:<12} {title}")
        return
    if topic not in known:
        raise click.UsageError(f"There is no topic {topic}; there are: {', '.join(known)}.")
    text = files(__package__).joinpath("topics", f"{topic}.md").read_text("utf-8")
    _show(text)


def _show(text: str) -> None:
    from rich.console import Console
    from rich.markdown import Markdown

    console = Console()
    console.print(Markdown(text)) if console.is_terminal else click.echo(text, nl=False)
