"""Step 0035: the words that find a coin."""

from coinstore_migrations.once import step

revision, down_revision, upgrade = step(__file__)
