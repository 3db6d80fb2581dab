"""Step 0018: coins and collections have one name each."""

from coinstore_migrations.once import step

revision, down_revision, upgrade = step(__file__)
