"""Step 0034: types with their addresses, uncertain types, and references that are no types."""

from coinstore_migrations.once import step

revision, down_revision, upgrade = step(__file__)
