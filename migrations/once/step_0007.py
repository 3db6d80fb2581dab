"""Step 0007: fingerprints of photographs."""

from coinstore_migrations.once import step

revision, down_revision, upgrade = step(__file__)
