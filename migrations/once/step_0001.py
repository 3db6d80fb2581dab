"""Step 0001: collections, coins, sides, photographs, types, dies, records, faults, spaces."""

from coinstore_migrations.once import step

revision, down_revision, upgrade = step(__file__)
