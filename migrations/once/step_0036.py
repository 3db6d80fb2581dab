"""Step 0036: what each source says of a coin that several describe."""

from coinstore_migrations.once import step

revision, down_revision, upgrade = step(__file__)
