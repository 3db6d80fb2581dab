"""Step 0021: the most similar pairs of a graph are found without reading all of its edges."""

from coinstore_migrations.once import step

revision, down_revision, upgrade = step(__file__)
