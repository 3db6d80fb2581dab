"""Step 0027: outlines say which version of the finder gave them."""

from coinstore_migrations.once import step

revision, down_revision, upgrade = step(__file__)
