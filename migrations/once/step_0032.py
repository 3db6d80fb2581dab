"""Step 0032: addresses of the coin and of concepts, the hoard, licences and languages."""

from coinstore_migrations.once import step

revision, down_revision, upgrade = step(__file__)
