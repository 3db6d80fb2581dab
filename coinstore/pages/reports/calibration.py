"""The reliability of a calibration of matches, as a plot or as a page with its figures."""

from __future__ import annotations

from pathlib import Path

from ...dies.calibrate import Recalibrated
from ...sources.outputs import PAGE, PLOT, check_path
from ..plots.reliability import caption, draw_reliability
from ..plots.write import drawn, write_plot
from .layout import Picture, Report, Section, Table, write_report

RELIABILITY = (*PLOT, *PAGE)
TITLE = "How far the probability of one die is right"


def write_reliability(found: Recalibrated, path: Path) -> None:
    """Draws how reliable the shipped calibration and the new one are, as .png, .svg or .html.

    Raises SettingsError for another suffix.
    """
    check_path(path, RELIABILITY, "plot")
    if path.suffix.lower() in PLOT:
        write_plot(path, TITLE, lambda: draw_reliability(found))
        return
    picture = Picture(
        drawn(lambda: draw_reliability(found, with_text=False), "svg", TITLE), caption(found), is_narrow=True
    )
    rows = [
        {
            "calibration": row["calibration"],
            "probability": f"{row['probability']:.3f}",
            "of one die": f"{row['one_die']:.3f}",
            "pairs": f"{row['pairs']:,}",
        }
        for row in found.bins()
    ]
    table = Table("Each tenth of the probability", rows)
    facts = [
        ("Judged pairs", f"{found.calibration.pairs:,}"),
        ("Of one die", f"{found.calibration.same:,}"),
        ("Brier score, shipped", f"{found.old.brier:.4f}"),
        ("Brier score, held out", f"{found.new.brier:.4f}"),
        ("Fitted on", found.calibration.fitted_on),
        ("In use", "yes" if found.is_used else "no"),
    ]
    write_report(path, Report(TITLE, facts, [], [Section("Reliability", caption(found), [picture], [table])]))
