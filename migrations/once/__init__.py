"""Tables and indexes: numbered steps under Alembic, never edited after release."""
