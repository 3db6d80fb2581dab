"""Imputation: missing values of coins, filled on request by a stored rule, separate from measured values.

The rules are SQL, in migrations/always/10_records/imputed.sql.
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
    """How a field is filled: by a statistic of the coins that agree in the fields `by`.

    At least `least` of these coins must have a value. `statistic` is median or mode; None takes the median
    of numbers, and the mode of names and of the die axis (hours are cyclic). Of two equally frequent values
    neither is the mode. `where` is SQL over the columns of api.coins: only coins that satisfy it are learned
    from, and filled.
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
        """Raises SettingsError for an impossible rule."""
        if self.field not in NUMBERS + TEXTS:
            raise SettingsError(f"{self.field} cannot be imputed; these can: {', '.join(NUMBERS + TEXTS)}")
        if not self.by or set(self.by) - set(GROUPS):
            raise SettingsError(f"coins are grouped by one or more of {', '.join(GROUPS)}")
        if self.field in self.by:
            raise SettingsError(
                f"{self.field} cannot be derived from itself; group the coins by another field"
            )
        if self.kind not in ("median", "mode"):
            raise SettingsError(f"{self.kind} is not a statistic that can be used; these are: median, mode")
        if self.kind == "median" and (self.field in TEXTS or self.field == "die_axis_h"):
            raise SettingsError(f"{self.field} has no median; leave out the statistic to take the mode")
        if self.least < 1:
            raise SettingsError("a value needs at least one coin")


@dataclass(frozen=True, slots=True)
class Imputed:
    """The result of a rule: `coins` of those `lacking` were filled; `contradicting` years were left out."""

    imputation_id: int
    coins: int
    lacking: int
    contradicting: int


def impute(engine: Engine, rule: Rule, said_by: str) -> Imputed:
    """Fills missing values by a rule, in one transaction; only api.coins_imputed shows them.

    The same rule replaces its own earlier values; a value of another rule stays. Raises SettingsError for an
    impossible rule, PredicateError for its condition.
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
    """The rules by which values were imputed: rows of part.imputations."""
    return [dict(row) for row in call.look(engine, "part.imputations")]


def drop_imputation(engine: Engine, imputation_id: int) -> int:
    """Drops a rule with its values; returns how many values it had. Raises NotFound."""
    if not 0 < imputation_id < 2**31:
        raise NotFound(f"there is no imputation {imputation_id}; see: coinstore impute list")
    dropped: int = call.run(engine, "job.drop_imputation", id=imputation_id)
    return dropped
