"""Step 0031: calibrations of matches, and what a probability is computed from."""

from coinstore_migrations.once import step

revision, down_revision, upgrade = step(__file__)
