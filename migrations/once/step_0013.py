"""Step 0013: no column is named by a reserved word."""

from coinstore_migrations.once import step

revision, down_revision, upgrade = step(__file__)
