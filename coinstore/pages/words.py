"""Words on pages: scores and lines of metadata as a person reads them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from ..records.values.years import in_words

NO_BREAK = "\N{NO-BREAK SPACE}"


class Described(Protocol):
    """Anything with the metadata of a coin."""

    @property
    def denomination(self) -> str | None: ...
    @property
    def mint(self) -> str | None: ...
    @property
    def year_from(self) -> int | None: ...
    @property
    def year_to(self) -> int | None: ...
    @property
    def weight_g(self) -> float | None: ...


def metadata(coin: Described) -> str:
    """One line of what is known: denomination, mint, date, weight. A line breaks only between them."""
    weight = None if coin.weight_g is None else f"{coin.weight_g:.2f} g"
    said = [plain(part) for part in (coin.denomination, coin.mint) if part]
    said += [part.replace(" ", NO_BREAK) for part in (in_words(coin.year_from, coin.year_to), weight) if part]
    return f"{NO_BREAK}· ".join(said)


def space_warnings(about: Mapping[str, Any]) -> tuple[str, ...]:
    """Warnings about a space, from any row that has `space`, `trained` and `sees`."""
    warnings, space, sees = [], about["space"], about["sees"]
    if not about["trained"]:
        warnings.append(f"Untrained: the weights of {space} are random, so nearness means nothing.")
    if sees is None:
        warnings.append(f"It is unknown which fields of the records went into {space}.")
    elif sees:
        warnings.append(
            f"{space} was made with the {', '.join(sees)} of each coin: that coins which are"
            " near each other agree in it proves nothing."
        )
    return tuple(warnings)


def verdict(stored: str) -> str:
    """A verdict as people give it: what the store calls "no link" is "different"."""
    return "different" if stored == "no link" else stored


def sentence(text: str) -> str:
    """What a program says, on one line with a capital at its beginning."""
    return plain(text[:1].upper() + text[1:])


def plain(text: str) -> str:
    """A text from a record on one line: control and direction characters become spaces."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def nearness(percentile: float | None, kind: str = "most") -> str:
    """The percentile as a sentence: "nearer than 97.2% of random pairs"; empty for None."""
    if percentile is None:
        return ""
    if kind == "least":
        return f"farther than {100 - percentile:.1f}% of random pairs"
    decimals = 3 if 99.9 < percentile < 100 else 1  # most interesting values are there
    return f"nearer than {percentile:.{decimals}f}% of random pairs"


def coverage(row: Mapping[str, Any]) -> str:
    """The coverage of a row of api.die_statistics in per cent, with its interval where there is one."""
    if row["coverage_low"] is None:
        return f"{100 * row['coverage']:.0f}"
    low, high = 100 * row["coverage_low"], 100 * row["coverage_high"]
    return f"{100 * row['coverage']:.0f} ({low:.0f}–{high:.0f})"


def die_estimate(row: Mapping[str, Any], name: str) -> str:
    """One estimate of a row of api.die_statistics with its interval; "none" where there is none."""
    if row[name] is None:
        return "none"
    high = row[f"{name}_high"]
    return f"{row[name]:.1f} ({row[f'{name}_low']:.1f}–{'∞' if high is None else f'{high:.1f}'})"


def score(similarity: float) -> str:
    """A similarity with four decimals and a typographic minus sign."""
    return f"{similarity:.4f}".replace("-", "\N{MINUS SIGN}")
