"""Step 0008: classifiers and what they propose."""

from coinstore_migrations.once import step

revision, down_revision, upgrade = step(__file__)
