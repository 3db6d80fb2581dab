"""Step 0025: a space that was learnt from labels knows the coins."""

from coinstore_migrations.once import step

revision, down_revision, upgrade = step(__file__)
