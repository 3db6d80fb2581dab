"""Imputation: what coins lack, filled in on request by a rule that is kept, beside what is measured.

The rules are SQL: migrations/always/10_records/imputed.sql.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine

from ..db import call
from ..db.translate import translated
from ..errors import NotFound, SettingsError

NUMBERS = ("year_from", "year_to", "weight_g", "diameter_mm", "die_axis_h")
TEXTS = ("material", "denomination", "mint", "authority", "portrait")
GROUPS = ("type", *TEXTS, "collection")
LEAST = 3


@dataclass(frozen=True, slots=True)
class Rule:
    """How a field is filled: by the statistic of coins that agree in the fields `by`, where `least` of them have it.

    `statistic` is median or mode; None takes the median of numbers, the mode of names and of the die axis (its
    hours go round). Of two values that are equally frequent neither is the mode. `where` is SQL over the columns of
    api.coins: coins that pass it alone are learned from, and filled.
    """

    field: str
    by: tuple[str, ...]
    statistic: str | None = None
    least: int = LEAST
    where: str = "true"

    @property
    def kind(self) -> str:
        """The statistic that is used."""
        is_line = self.field in NUMBERS and self.field != "die_axis_h"
        return self.statistic or ("median" if is_line else "mode")

    def check(self) -> None:
        """Raises SettingsError for a rule that cannot be."""
        if self.field not in NUMBERS + TEXTS:
            raise SettingsError(f"{self.field} is not imputed; what is: {', '.join(NUMBERS + TEXTS)}")
        if not self.by or set(self.by) - set(GROUPS):
            raise SettingsError(f"coins are grouped by one or more of {', '.join(GROUPS)}")
        if self.field in self.by:
            raise SettingsError(f"{self.field} cannot be known by itself; group the coins by another field")
        if self.kind not in ("median", "mode"):
            raise SettingsError(f"{self.kind} is no statistic for this; there are median and mode")
        if self.kind == "median" and (self.field in TEXTS or self.field == "die_axis_h"):
            raise SettingsError(f"{self.field} has no median; leave out the statistic, and the mode is taken")
        if self.least < 1:
            raise SettingsError("a value rests on one coin at least")


@dataclass(frozen=True, slots=True)
class Imputed:
    """What a rule brought: `coins` of those `lacking` were filled; `contradicting` years were left out."""

    imputation_id: int
    coins: int
    lacking: int
    contradicting: int


def impute(engine: Engine, rule: Rule, said_by: str) -> Imputed:
    """Fills what coins lack by a rule, in one transaction; api.coins_imputed shows it, and nothing else does.

    The same rule again takes its own place; a value that another rule gave stays. Raises SettingsError for a rule
    that cannot be, PredicateError for its condition.
    """
    rule.check()
    with translated(), engine.begin() as connection:
        row = call.rows(
            connection,
            "job.impute",
            field=rule.field,
            by_fields=sorted(set(rule.by)),
            statistic=rule.kind,
            least_coins=rule.least,
            predicate=rule.where.strip() or "true",
            said_by=said_by,
        )[0]
    return Imputed(**row)


def list_imputations(engine: Engine) -> list[dict[str, Any]]:
    """The rules by which values were imputed, as api.imputations has them."""
    return [dict(row) for row in call.look(engine, "api.imputations")]


def drop_imputation(engine: Engine, imputation_id: int) -> int:
    """Drops a rule with its values; how many there were. Raises NotFound."""
    if not 0 < imputation_id < 2**31:
        raise NotFound(f"there is no imputation {imputation_id}; see: coinstore impute list")
    dropped: int = call.run(engine, "job.drop_imputation", id=imputation_id)
    return dropped
