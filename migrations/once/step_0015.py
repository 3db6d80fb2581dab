"""Step 0015: both faces together are called both."""

from coinstore_migrations.once import step

revision, down_revision, upgrade = step(__file__)
