"""Step 0030: which studies of dies coinstore groups itself."""

from coinstore_migrations.once import step

revision, down_revision, upgrade = step(__file__)
