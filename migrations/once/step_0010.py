"""Step 0010: private collections."""

from coinstore_migrations.once import step

revision, down_revision, upgrade = step(__file__)
