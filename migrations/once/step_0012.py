"""Step 0012: the default graph, and how each ingestion went."""

from pathlib import Path

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    body = Path(__file__).with_name("0012_contract.sql").read_text("utf-8")
    op.get_bind().exec_driver_sql(body, execution_options={"no_parameters": True})
