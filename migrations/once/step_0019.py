"""Step 0019: photographs that look like copies are found once."""

from coinstore_migrations.once import step

revision, down_revision, upgrade = step(__file__)
