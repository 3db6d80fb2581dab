"""The database: engine, calls, COPY, upgrade, translation of errors."""
