"""Step 0033: fields with several names, or with an uncertain one."""

from coinstore_migrations.once import step

revision, down_revision, upgrade = step(__file__)
