"""Progress of long work: a bar with rate and time left, on stderr, only where that is a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from coinstore.progress import Progress as Step
from coinstore.progress import Report


class RateColumn(ProgressColumn):
    """Things done in a second."""

    def render(self, task: Task) -> Text:
        speed = task.speed or 0
        return Text(f"{speed:,.{0 if speed >= 10 else 1}f}/s" if speed else "")


@dataclass(frozen=True, slots=True)
class Bar:
    """A running bar."""

    progress: Progress
    task: TaskID

    def advance(self, count: int) -> None:
        """Adds `count` to what is done."""
        self.progress.advance(self.task, count)

    def expect(self, left: int) -> None:
        """Sets how many are left; from here on the bar shows the time left."""
        self.progress.update(self.task, total=self.progress.tasks[self.task].completed + left)

    def rename(self, title: str) -> None:
        """What is being done from here on."""
        self.progress.update(self.task, description=title)


@contextmanager
def bars(*titles: str) -> Iterator[list[Bar]]:
    """Bars below each other, each a spinner that counts until it knows how much to expect."""
    with _progress() as progress:
        yield [Bar(progress, progress.add_task(title, total=None)) for title in titles]


@contextmanager
def bar(title: str, total: int) -> Iterator[Bar]:
    """A bar for `total` things."""
    with bars(title) as (only,):
        only.expect(total)
        yield only


@contextmanager
def reporting() -> Iterator[Report]:
    """A callable that draws what long work reports: one bar for each unit that is counted."""
    tasks: dict[str, TaskID] = {}
    with _progress() as progress:

        def report(step: Step) -> None:
            if step.unit not in tasks:
                tasks[step.unit] = progress.add_task(step.label, total=step.total)
            progress.update(tasks[step.unit], description=step.label, completed=step.done, total=step.total)

        yield report


def _progress() -> Progress:
    console = Console(stderr=True)
    columns: list[ProgressColumn] = [
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        RateColumn(),
        TimeRemainingColumn(),
    ]
    return Progress(*columns, console=console, disable=not console.is_terminal, transient=True)
