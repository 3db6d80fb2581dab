"""Step 0026: evaluations are broken down, and may be of re-ranked answers."""

from coinstore_migrations.once import step

revision, down_revision, upgrade = step(__file__)
