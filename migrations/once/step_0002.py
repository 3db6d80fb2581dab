"""Step 0002: derived spaces."""

from coinstore_migrations.once import step

revision, down_revision, upgrade = step(__file__)
