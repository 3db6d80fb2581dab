"""Step 0006: one name for one thing, and values that were imputed."""

from coinstore_migrations.once import step

revision, down_revision, upgrade = step(__file__)
