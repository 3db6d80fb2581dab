"""The embedded Postgres: started, stopped, and served on this machine."""
