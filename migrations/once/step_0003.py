"""Step 0003: spaces made of other spaces, what they have seen, fitted networks."""

from coinstore_migrations.once import step

revision, down_revision, upgrade = step(__file__)
