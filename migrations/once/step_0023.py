"""Step 0023: where each coin is in its photograph, and two faces in one photograph."""

from coinstore_migrations.once import step

revision, down_revision, upgrade = step(__file__)
