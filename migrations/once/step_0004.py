"""Step 0004: graphs of neighbours, what was found in them, verdicts, maps."""

from pathlib import Path

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    body = Path(__file__).with_name("0004_graph.sql").read_text("utf-8")
    op.get_bind().exec_driver_sql(body, execution_options={"no_parameters": True})
