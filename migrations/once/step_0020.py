"""Step 0020: a vector's row holds its coin and its face; a space says what its index holds."""

from coinstore_migrations.once import step

revision, down_revision, upgrade = step(__file__)
