"""Step 0005: whose portrait a coin bears."""

from pathlib import Path

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    body = Path(__file__).with_name("0005_portrait.sql").read_text("utf-8")
    op.get_bind().exec_driver_sql(body, execution_options={"no_parameters": True})
