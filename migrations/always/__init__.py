"""Views and functions (schemas `api` and `job`), dropped and rebuilt at every upgrade."""

NEAR = "<=>"


def with_schema(body: str, schema: str) -> str:
    """Name the schema of the operator of nearness: inlined SQL is resolved by the search_path of its caller."""
    return body.replace(NEAR, f"operator({schema}.{NEAR})")
