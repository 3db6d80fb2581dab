"""Step 0022: a space with an index of bits knows how many candidates it needs."""

from coinstore_migrations.once import step

revision, down_revision, upgrade = step(__file__)
