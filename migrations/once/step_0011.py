"""Step 0011: backups, and what a dump leaves out."""

from pathlib import Path

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    body = Path(__file__).with_name("0011_running.sql").read_text("utf-8")
    op.get_bind().exec_driver_sql(body, execution_options={"no_parameters": True})
