"""Step 0001: collections, coins, sides, photographs, types, dies, records, faults, spaces."""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    body = Path(__file__).with_name("0001_core.sql").read_text("utf-8")
    op.get_bind().exec_driver_sql(body, execution_options={"no_parameters": True})
