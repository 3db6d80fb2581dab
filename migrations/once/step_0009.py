"""Step 0009: figures of spaces, with all that decided them."""

from coinstore_migrations.once import step

revision, down_revision, upgrade = step(__file__)
