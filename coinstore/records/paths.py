"""Paths in mapping files: where a value is inside a record of JSON.

mint.name                           the value under nested names
mint[0].name, mint[-1].name         an item of a list, from 0, or from the end
mint.*.name                         each item of a list, each value of an object; one that lacks the name
                                    keeps its place as an empty value
refs[source=RIC].number             the objects that have this value; [a=x|y]: one of these, [a!=x]: another;
                                    nothing between the signs, [a!=x|]: also empty ones
mint.*.name_en|name                 the first of these names that has a value
refs.*.source+number                the values of these names, with a space between them
lod.~nomisma                        the first name in an object that has these letters in it
"a.b"."c[d]"                        names with signs of a path in them

A path without these signs is what it always was: the column, or the nested names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

SIGNS = re.compile(r'[\[\]*|+"~]')
STEP = re.compile(
    r"""(?P<index>\[-?\d+\])
    | \[(?P<key>"[^"]+"|[^\]="!]+?)(?P<is>!?=)(?P<wanted>[^\]]*)\]
    | ~(?P<letters>"[^"]+"|[^.\[]+)
    | (?P<all>\*)
    | (?P<name>(?:"[^"]+"|[^.\["*~]+)+)""",
    re.VERBOSE,
)
CHOICE = re.compile(r"[^.\[\]|]+(?:\|[^.\[\]|]+)+")
BETWEEN = re.compile(r'([|+])(?=(?:[^"]*"[^"]*")*[^"]*$)')  # outside of quotes


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a path: from a value to the values inside it; `is_many` when there can be several."""

    inside: Callable[[Any], list[Any]]
    is_many: bool = False


class Placed(list[Any]):
    """The values at a path that can have several: an empty one keeps its place."""


def path_of(name: str) -> tuple[Step, ...] | None:
    """The path that a name in a mapping file is; None for a plain name, and for nested names: "mint.name"."""
    return steps(name) if SIGNS.search(name) else None


def in_languages(name: str, languages: tuple[str, ...]) -> str:
    """A path in which names that end with a language come in this order: mint.name_de|name_en|name."""

    def ordered(found: re.Match[str]) -> str:
        names = found[0].split("|")
        spoken = [one for one in names if one.rpartition("_")[2] in languages]
        in_order = iter(sorted(spoken, key=lambda one: languages.index(one.rpartition("_")[2])))
        return "|".join(next(in_order) if one in spoken else one for one in names)

    return CHOICE.sub(ordered, name) if "|" in name and '"' not in name else name


@lru_cache(maxsize=1_000)
def steps(path: str) -> tuple[Step, ...] | None:
    """The steps of a path; None for a text that is not a path, for example "Weight [g]"."""
    found: list[Step] = []
    at = 0
    while at < len(path):
        if at and path[at] == ".":
            at += 1
        step = STEP.match(path, at)
        is_apart = not at or path[at - 1] == "." or path[at] == "["
        if not step or not is_apart:
            return None
        found.append(_step(step))
        at = step.end()
    return tuple(found)


@lru_cache(maxsize=1_000)
def read_by(path: str) -> re.Pattern[str]:
    """Fits the nested names, without indexes, of what a path may take: mint.name for mint[0].name|label."""
    so_far, others, at = "", list[str](), 0
    while at < len(path):
        step = STEP.match(path, at + (path[at] == "."))
        if not step:
            break
        if step["name"]:
            so_far += rf"\.(?:{'|'.join(re.escape(_bare(one)) for one in BETWEEN.split(step['name'])[::2])})"
        elif step["letters"]:
            so_far += rf"\.[^.]*{re.escape(_bare(step['letters']))}[^.]*"
        else:
            if step["key"]:
                others.append(rf"{so_far}(?:\.[^.]+)?\.{re.escape(_bare(step['key']))}")
            so_far += r"(?:\.[^.]+)?" * (not step["index"])
        at = step.end()
    return re.compile("|".join([so_far, *others]))


def _step(found: re.Match[str]) -> Step:
    if found["index"]:
        return Step(_item(int(found["index"][1:-1])))
    if found["all"]:
        return Step(_all, is_many=True)
    if found["letters"]:
        return Step(_first_name(_bare(found["letters"])))
    if found["key"]:
        wanted = frozenset(map(_bare, found["wanted"].split("|")))
        return Step(_filter(_bare(found["key"]), wanted, is_other=found["is"] == "!="), is_many=True)
    return Step(_names(found["name"]))


def _bare(name: str) -> str:
    return name.strip().removeprefix('"').removesuffix('"')


def _item(at: int) -> Callable[[Any], list[Any]]:
    def inside(value: Any) -> list[Any]:
        return [value[at]] if isinstance(value, list) and -len(value) <= at < len(value) else []

    return inside


def _all(value: Any) -> list[Any]:
    return [*value] if isinstance(value, list) else [*value.values()] if isinstance(value, dict) else []


def _first_name(letters: str) -> Callable[[Any], list[Any]]:
    def inside(value: Any) -> list[Any]:
        return (
            [next((name for name in value if letters in name), None)] if isinstance(value, dict) else [None]
        )

    return inside


def _filter(key: str, wanted: frozenset[str], *, is_other: bool) -> Callable[[Any], list[Any]]:
    def inside(value: Any) -> list[Any]:
        objects = [value] if isinstance(value, dict) and key in value else _all(value)
        return [
            one
            for one in objects
            if isinstance(one, dict) and (not wanted.isdisjoint(_texts(one.get(key)))) is not is_other
        ]

    return inside


def _texts(value: Any) -> Iterator[str]:
    """The texts of a value: all of them in a language map, {"de": ["Gewicht"]}."""
    if isinstance(value, dict | list):
        for one in _all(value):
            yield from _texts(one)
    else:
        yield "" if value is None else str(value).strip()


def _names(text: str) -> Callable[[Any], list[Any]]:
    pieces = BETWEEN.split(text)
    names, signs = [_bare(name) for name in pieces[::2]], set(pieces[1::2])

    def inside(value: Any) -> list[Any]:
        given = [value.get(name) for name in names] if isinstance(value, dict) else [None]
        if signs == {"+"}:
            return [" ".join(str(one) for one in given if one not in (None, "")) or None]
        return [next((one for one in given if one not in (None, "", [], {})), None)]

    return inside


def value_at(record: dict[str, Any], path: tuple[Step, ...]) -> Any:
    """The value at a path: `Placed` of one that can have several, None when there is nothing."""
    found: list[Any] = [record]
    for step in path:
        found = [inside for value in found for inside in step.inside(value)]
    if any(step.is_many for step in path):
        flat = [one for value in found for one in (value if isinstance(value, list) else [value])]
        return Placed(flat) if any(one is not None for one in flat) else None
    return found[0] if found else None
