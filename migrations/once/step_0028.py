"""Step 0028: a trigger deletes the edges of a node, and no key is checked for each edge."""

from coinstore_migrations.once import step

revision, down_revision, upgrade = step(__file__)
