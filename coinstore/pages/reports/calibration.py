"""The reliability of a calibration of matches, as a plot or as a page with its figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ...dies.calibrate import Recalibrated, bins_of
from ...matching import shipped
from ...matching.calibrate import Reliability, shipped_reliability
from ...sources.outputs import PAGE, PLOT, check_path
from ..plots.reliability import draw_reliability
from ..plots.write import drawn, write_plot
from .layout import Picture, Report, Section, Table, write_report

RELIABILITY = (*PLOT, *PAGE)
TITLE = "How far the probability of one die is right"
NUMBERS = "Each point has its number of pairs; the more pairs, the larger the point."
"""What is said of the plot only."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One or two curves by their names, what they show in words, and the facts of the page."""

    curves: Mapping[str, Reliability]
    caption: str
    facts: list[tuple[str, str]]


def of_verdicts(found: Recalibrated) -> Shown:
    """The shipped calibration and the one that was fitted to verdicts, on these verdicts."""
    made = found.calibration
    caption = (
        f"{made.pairs:,} judged pairs, {made.same:,} of one die. The shipped calibration has not"
        " seen them; the other was fitted to those of other coins. A lower Brier score is better."
    )
    facts = [
        ("Judged pairs", f"{made.pairs:,}"),
        ("Of one die", f"{made.same:,}"),
        ("Brier score, shipped", f"{found.old.brier:.4f}"),
        ("Brier score, held out", f"{found.new.brier:.4f}"),
        ("Fitted on", made.fitted_on),
        ("In use", "yes" if found.is_used else "no"),
    ]
    return Shown({"shipped": found.old, "verdicts (held out)": found.new}, caption, facts)


def of_shipped() -> Shown:
    """Calibrations like the shipped one, on the coins that it was fitted to: each part is held out once."""
    made, curve = shipped(), shipped_reliability()
    caption = (
        f"{made.pairs:,} pairs, {made.same:,} of one die: {made.fitted_on}. The pairs of each mintage,"
        " and those of the Roman coins, were predicted by a calibration that was fitted to all the others."
        " Worn coins of real dies are harder than these."
    )
    facts = [
        ("Pairs", f"{made.pairs:,}"),
        ("Of one die", f"{made.same:,}"),
        ("Brier score, held out", f"{curve.brier:.4f}"),
        ("Fitted on", made.fitted_on),
    ]
    return Shown({"shipped": curve}, caption, facts)


def write_reliability(shown: Shown, path: Path) -> None:
    """Draws how reliable one or two calibrations are, as .png, .svg or .html.

    Raises SettingsError for another suffix.
    """
    check_path(path, RELIABILITY, "plot")
    caption = f"{shown.caption} {NUMBERS}"
    if path.suffix.lower() in PLOT:
        write_plot(path, TITLE, lambda: draw_reliability(shown.curves, caption))
        return
    figure = drawn(lambda: draw_reliability(shown.curves), "svg", TITLE)
    rows = [
        {
            "calibration": row["calibration"],
            "probability": f"{row['probability']:.3f}",
            "of one die": f"{row['one_die']:.3f}",
            "pairs": f"{row['pairs']:,}",
        }
        for row in bins_of(shown.curves)
    ]
    section = Section(
        "Reliability",
        caption,
        [Picture(figure, caption, is_narrow=True)],
        [Table("Each tenth of the probability", rows)],
    )
    write_report(path, Report(TITLE, shown.facts, [], [section]))
