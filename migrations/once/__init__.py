"""Tables and indexes: numbered steps under Alembic, never edited after release."""

from collections.abc import Callable
from pathlib import Path

from alembic import op


def step(file: str) -> tuple[str, str | None, Callable[[], None]]:
    """Return what Alembic needs of step_NNNN.py: its revision, the one before, and what runs NNNN_*.sql."""
    path = Path(file)
    revision = path.stem.removeprefix("step_")
    before = None if revision == "0001" else f"{int(revision) - 1:04}"

    def upgrade() -> None:
        (body,) = path.parent.glob(f"{revision}_*.sql")
        op.get_bind().exec_driver_sql(body.read_text("utf-8"), execution_options={"no_parameters": True})

    return revision, before, upgrade
