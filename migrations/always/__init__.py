"""Views and functions (schemas `api` and `job`), dropped and rebuilt at every upgrade."""
