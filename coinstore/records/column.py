"""Columns of a mapping file: the field of each, and what is done to a value before it is read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Mapping as Dict
from dataclasses import dataclass
from dataclasses import field as made
from html import unescape
from typing import Any

from .placeholders import is_placeholder

TEXTS = ("field", "unit", "format", "join", "split", "pattern", "template", "prefix", "suffix")
KEYS = (*TEXTS, "values", "placeholders", "html")
TAG = re.compile(r"</?[A-Za-z][^<>]*>")


@dataclass(frozen=True, slots=True)
class Column:
    """How one column is read: its field (None: only kept verbatim), unit, date format, join, why, split.

    A value is changed in this order: `html` takes tags and entities out; `placeholders` mean nothing; what
    fits `pattern` counts (its first group, or `template` with its groups), and nothing where nothing fits;
    `values` replaces whole values; `prefix` and `suffix` are put around it. `more` are other fields that the
    same cell has.
    """

    field: str | None
    unit: str | None = None
    format: str | None = None
    join: str | None = None
    how: str = "mapping file"
    split: str | None = None
    pattern: re.Pattern[str] | None = None
    template: str | None = None
    prefix: str = ""
    suffix: str = ""
    values: Dict[str, str] = made(default_factory=dict)
    placeholders: frozenset[str] = frozenset()
    html: bool = False
    more: tuple[Column, ...] = ()

    @property
    def changes(self) -> bool:
        """Whether values are changed before they are read."""
        return bool(
            self.pattern or self.values or self.prefix or self.suffix or self.placeholders or self.html
        )

    @property
    def each(self) -> tuple[Column, ...]:
        """This column as each of the fields that its cells have."""
        return (self, *self.more)

    def changed(self, text: str) -> list[str]:
        """What a text says for this field: nothing, one text, or each that fits the pattern."""
        text = _without_html(text) if self.html else text.strip()
        if not text or is_placeholder(text, self.placeholders):
            return []
        found = dict.fromkeys(one.strip() for one in self._fitting(text))
        return [self._around(self.values.get(one, one)) for one in found if one]

    def _fitting(self, text: str) -> Iterator[str]:
        if self.pattern is None:
            yield text
            return
        for match in self.pattern.finditer(text):
            if self.template is not None:
                yield match.expand(self.template)
            else:
                yield next(
                    (one for one in match.groups() if one is not None), "" if match.re.groups else match[0]
                )

    def _around(self, text: str) -> str:
        prefix = "" if text.startswith(self.prefix) else self.prefix
        suffix = "" if text.endswith(self.suffix) else self.suffix
        return f"{prefix}{text}{suffix}" if text else ""


def _without_html(text: str) -> str:
    """The text that a browser shows."""
    return " ".join(unescape(TAG.sub(" ", text)).split())


def column_of(said: Any) -> Column:
    """A column as a mapping file says it: a field, a table, or a list of tables. Raises ValueError."""
    if isinstance(said, list) and said:
        first, *others = map(column_of, said)
        if any(not one.field for one in (first, *others)):
            raise ValueError("must have a field in each of its tables")
        return Column(**_options(said[0]), more=tuple(others))
    return Column(**_options(said))


def _options(said: Any) -> dict[str, Any]:
    if isinstance(said, str):
        said = {"field": said}
    if not isinstance(said, dict) or set(said) - set(KEYS) or "field" not in said:
        others = ", ".join(KEYS[1:])
        raise ValueError(f'must be a field, or {{field = "…"}} with {others}, or a list of these')
    if not all(isinstance(said[key], str) for key in TEXTS if key in said):
        raise ValueError(f"must have texts for {', '.join(TEXTS[:-1])} and {TEXTS[-1]}")
    options = dict(said) | {"field": said["field"] or None}
    if "values" in said:
        options["values"] = _values(said["values"])
    if "placeholders" in said:
        words = said["placeholders"]
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            raise ValueError("must have a list of texts as placeholders")
        options["placeholders"] = frozenset(words)
    if not isinstance(said.get("html", False), bool):
        raise ValueError("must have true or false as html")
    if "template" in said and "pattern" not in said:
        raise ValueError("must have a pattern where it has a template")
    if "pattern" in said:
        options["pattern"] = _pattern(said["pattern"], said.get("template"))
    return options


def _values(said: Any) -> dict[str, str]:
    if not isinstance(said, dict) or not all(isinstance(value, str) for value in said.values()):
        raise ValueError('must have a table of texts as values, {"1" = "Silver"}')
    return {name.strip(): value for name, value in said.items()}


def _pattern(text: str, template: str | None) -> re.Pattern[str]:
    try:
        pattern = re.compile(text)
        pattern.sub(template or "", "")  # looks at the groups of the template
    except (re.error, IndexError) as error:
        raise ValueError(
            f"must have a regular expression as pattern, and a template for it ({error})"
        ) from None
    return pattern
