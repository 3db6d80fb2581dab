"""Step 0016: when photographs that could not be reached are tried again."""

from coinstore_migrations.once import step

revision, down_revision, upgrade = step(__file__)
