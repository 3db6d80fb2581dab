"""Step 0010: private collections."""

from pathlib import Path

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    body = Path(__file__).with_name("0010_private.sql").read_text("utf-8")
    op.get_bind().exec_driver_sql(body, execution_options={"no_parameters": True})
