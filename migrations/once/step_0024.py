"""Step 0024: a collection that is too small for its own mean uses the nearest."""

from coinstore_migrations.once import step

revision, down_revision, upgrade = step(__file__)
