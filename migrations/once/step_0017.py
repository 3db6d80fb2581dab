"""Step 0017: coins are found by their number, types by what records say."""

from coinstore_migrations.once import step

revision, down_revision, upgrade = step(__file__)
