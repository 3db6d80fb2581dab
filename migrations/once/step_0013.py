"""Step 0013: no column is named by a reserved word."""

from pathlib import Path

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    body = Path(__file__).with_name("0013_plain_columns.sql").read_text("utf-8")
    op.get_bind().exec_driver_sql(body, execution_options={"no_parameters": True})
