"""How to connect: for each kind of client, what to paste where. Never with a password."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

TOOLS = ("psql", "odbc", "jdbc", "sqlalchemy", "metabase", "superset", "powerbi", "tableau", "excel")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a login connects: host, port, database; `certificate` is the file by which to know a served store."""

    host: str
    port: int
    database: str
    login: str
    certificate: str | None = None


def how_to_connect(place: Place, tool: str) -> str:
    """Lines to paste, and where; the password is asked for by the tool. `tool` is one of TOOLS."""
    return _HOW[tool].format(
        host=place.host,
        url_host=f"[{place.host}]" if ":" in place.host else place.host,
        port=place.port,
        database=place.database,
        database_in_url=quote(place.database, safe=""),
        login=place.login,
    ) + _certainty(place, tool)


def masked_address(place: Place) -> str:
    """The address for SQLAlchemy as Superset keeps it: the password is masked, and asked for at an import."""
    return (
        _HOW["superset"]
        .rpartition("\n")[2]
        .format(
            url_host=f"[{place.host}]" if ":" in place.host else place.host,
            port=place.port,
            database_in_url=quote(place.database, safe=""),
            login=f"{place.login}:XXXXXXXXXX",
        )
    )


def _certainty(place: Place, tool: str) -> str:
    if place.certificate is None or tool not in ("psql", "jdbc", "sqlalchemy", "odbc"):
        return ""
    return (
        f"\n# Encrypted, but not sure of whom it talks to. To be sure, copy {place.certificate} to the client;\n"
        "# say verify-full instead of require, and sslrootcert=FILE (ODBC: pqopt={sslrootcert=FILE})."
    )


_FORM = """\
Host      {host}
Port      {port}
Database  {database}
User      {login}"""
_DRIVER = (
    "Driver={{PostgreSQL Unicode}};Server={host};Port={port};Database={database};UID={login};SSLmode=require;"
)
_HOW = {
    "psql": 'psql "postgresql://{login}@{url_host}:{port}/{database_in_url}?sslmode=require"',
    "odbc": _DRIVER,
    "jdbc": "jdbc:postgresql://{url_host}:{port}/{database_in_url}?user={login}&sslmode=require",
    "sqlalchemy": "postgresql+psycopg://{login}@{url_host}:{port}/{database_in_url}?sslmode=require",
    "metabase": f"Admin settings > Databases > Add database > PostgreSQL\n{_FORM}\nSchemas   Only these: api\n"
    "Use a secure connection (SSL): on, mode require",
    "superset": "Settings > Database connections > + Database > PostgreSQL > Connect with a SQLAlchemy URI;\n"
    "put your password behind the user's name, as USER:PASSWORD@ (Superset masks it)\n"
    "postgresql+psycopg2://{login}@{url_host}:{port}/{database_in_url}?sslmode=require",
    "powerbi": "Get data > PostgreSQL database; at the question for credentials choose Database\n"
    "Server    {host}:{port}\nDatabase  {database}\nUser      {login}\n"
    "Power BI checks the certificate: one that signs itself must be among the trusted roots of Windows.",
    "tableau": f"Connect > To a server > PostgreSQL\n{_FORM}\nRequire SSL: on. Then choose the schema api.",
    "excel": "Data > Get data > From other sources > From ODBC > Advanced; needs the PostgreSQL ODBC driver\n"
    + _DRIVER,
}
