"""Step 0004: graphs of neighbours, what was found in them, verdicts, maps."""

from coinstore_migrations.once import step

revision, down_revision, upgrade = step(__file__)
