"""coinstore learn: what a label of the records says about a space, as a space of its own."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

import coinstore

from .shared import options
from .shared.commands import Command
from .shared.output import notice, print_json, print_table
from .shared.progress import reporting

if TYPE_CHECKING:
    from coinstore.spaces.agreement import Agreement
    from coinstore.spaces.learn import Learnt


class _Shrinkage(click.ParamType):
    name = "auto|SHARE"

    def convert(self, value: Any, param: Any, context: Any) -> float | None:
        return None if value == "auto" else click.FloatRange(0, 1).convert(value, param, context)


class _Blend(click.ParamType):
    name = "SOURCE:LEARNT|auto"

    def convert(self, value: Any, param: Any, context: Any) -> tuple[float, float] | None:
        if value == "auto" or isinstance(value, tuple):
            return None if value == "auto" else value
        try:
            source, learnt = value.split(":")
            return float(source), float(learnt)
        except ValueError:
            self.fail(f"{value!r} is not two weights; give for example 1:2, or auto.", param, context)


@click.command(cls=Command)
@click.argument("label")
@click.option(
    "--space",
    "source",
    help="The space to learn in; it must not have seen LABEL.  [default: eye_debiased if it has vectors]",
)
@click.option("--name", required=True, help="The name of the new space.")
@options.face("The sides to learn from; the new space has only these.")
@options.where(help="Learn only from coins that pass this condition in SQL, over the columns of api.coins.")
@click.option(
    "--blend",
    type=_Blend(),
    default="1:1",
    show_default=True,
    help="Weights of the similarity in the source and on the learnt axes; 0:1 leaves only the latter, auto"
    " chooses by whole collections held out, and makes no space where nothing is gained.",
)
@click.option(
    "--shrinkage",
    type=_Shrinkage(),
    default="auto",
    show_default=True,
    help="How far the variance within values is pulled towards a sphere, 0 to 1; auto chooses by whole"
    " collections held out.",
)
@options.limit("At most this many sides to learn from.", least=4, default=50_000, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@click.option("--precision", type=click.Choice(["half", "single"]), default="half", show_default=True)
@options.as_json
def learn(label: str, name: str, source: str | None, as_json: bool, **given: Any) -> None:
    """Learn LABEL from the coins that have it; store what was learnt as the space NAME.

    A shrunk discriminant analysis in closed form, in seconds. The new space brings coins of one value
    together, and is blended with its source. Printed is how often the nearest coin of another collection
    has the same value, asked by collections that were held out whole: P@1 across collections, as
    coinstore evaluate measures it; what is chosen by it is a little too high. The space has
    then seen LABEL: figures about LABEL are refused for it, except of coins that it was not learnt from
    (coinstore evaluate --unseen).

    \b
    coinstore learn portrait --name portraits
    coinstore learn portrait --space eye_debiased --name portraits --blend auto
    coinstore learn type --space hog_debiased --name types --face reverse --where "collection <> 'Berlin'"
    coinstore embed portraits
    """
    from coinstore.spaces.learn import Lesson, learn_space

    with coinstore.open() as store:
        lesson = Lesson(label, source or store.spaces.default, **given)
        with reporting() as report:
            learnt = learn_space(store.engine, name, lesson, report)
    if as_json:
        print_json(asdict(learnt))
    else:
        _print(learnt)
    if not learnt.is_new:
        notice(f"{name} exists and was learnt from the same; nothing was changed.")
    notice(f"Fill it with: coinstore embed {name}")


def _print(learnt: Learnt) -> None:
    source, ours = learnt.blend
    click.echo(
        f"{learnt.space}: {learnt.label} learnt from {learnt.coins:,} coins of {learnt.collections}"
        f" collections with {learnt.values} values, {learnt.seconds:.1f} s; shrinkage {learnt.shrinkage:g},"
        f" blend {source:g}:{ours:g}, {learnt.dims} dimensions."
    )
    if learnt.single_values or learnt.placeholders:
        notice(
            f"Left out: {learnt.single_values} values that only one coin has,"
            f" {learnt.placeholders} sides whose value means nothing."
        )
    if learnt.agreement is None or learnt.source_agreement is None:
        notice("No value is in two collections, so what was learnt cannot be measured.")
        return
    spaces = {learnt.source: learnt.source_agreement, learnt.space: learnt.agreement}
    rows = [_row(space, agreement) for space, agreement in spaces.items()]
    print_table(rows, list(rows[0]), title="The nearest coin of another collection agrees")
    if learnt.agreement.value < learnt.source_agreement.value:
        notice(
            f"{learnt.space} agrees less than {learnt.source}: too little was learnt. Learn from more coins,"
            " or try another --shrinkage or --blend."
        )


def _row(space: str, agreement: Agreement) -> dict[str, Any]:
    return {
        "space": space,
        "agreement": f"{agreement.value:.3f}",
        "95%": f"{agreement.low:.3f}–{agreement.high:.3f}",
        "chance": f"{agreement.chance:.3f}",
        "queries": agreement.queries,
    }
