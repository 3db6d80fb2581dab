"""The database: engine, embedded server, upgrade, calls. Alone in knowing SQLAlchemy and psycopg."""
