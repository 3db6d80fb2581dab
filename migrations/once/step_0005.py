"""Step 0005: whose portrait a coin bears."""

from coinstore_migrations.once import step

revision, down_revision, upgrade = step(__file__)
