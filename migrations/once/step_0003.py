"""Step 0003: spaces made of other spaces, what they have seen, fitted networks."""

from pathlib import Path

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    body = Path(__file__).with_name("0003_parts.sql").read_text("utf-8")
    op.get_bind().exec_driver_sql(body, execution_options={"no_parameters": True})
