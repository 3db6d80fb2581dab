"""Step 0014: fixed work tables for building graphs."""

from coinstore_migrations.once import step

revision, down_revision, upgrade = step(__file__)
