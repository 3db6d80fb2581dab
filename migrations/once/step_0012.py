"""Step 0012: the default graph, and how each ingestion went."""

from coinstore_migrations.once import step

revision, down_revision, upgrade = step(__file__)
