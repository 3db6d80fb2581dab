"""Step 0011: backups, and what a dump leaves out."""

from coinstore_migrations.once import step

revision, down_revision, upgrade = step(__file__)
