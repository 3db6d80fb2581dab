"""The database's own code: `once/` is structure, run one time; `always/` is meaning, rebuilt."""
