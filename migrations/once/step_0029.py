"""Step 0029: matches of sides for one die, and the pairs that are still to be compared."""

from coinstore_migrations.once import step

revision, down_revision, upgrade = step(__file__)
