"""Alembic's entry: runs on the connection, and in the transaction, that coinstore.db.upgrade hands over."""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection, version_table_schema="core", transaction_per_migration=False)
context.run_migrations()
