"""How to connect: for each kind of client, what to paste where. Never with a password."""

from __future__ import annotations

from urllib.parse import quote

from .address import LoginAddress

TOOLS = ("psql", "odbc", "jdbc", "sqlalchemy", "metabase", "superset", "powerbi", "tableau", "excel")


def how_to_connect(address: LoginAddress, tool: str) -> str:
    """Lines to paste, and where; the tool asks for the password. `tool` is one of TOOLS."""
    certificate = _CERTIFICATE if address.has_tls and tool in ("psql", "odbc", "jdbc", "sqlalchemy") else ""
    return _HOW[tool].format_map(_fields(address)) + certificate


def masked_address(address: LoginAddress) -> str:
    """The address for SQLAlchemy as Superset stores it: the password is masked; an import asks for it."""
    masked = _fields(address) | {"login": f"{address.login}:XXXXXXXXXX"}
    return _HOW["superset"].rpartition("\n")[2].format_map(masked)


def _fields(address: LoginAddress) -> dict[str, str | int]:
    return {
        "host": address.host,
        "url_host": f"[{address.host}]" if ":" in address.host else address.host,
        "port": address.port,
        "database": address.database,
        "database_in_url": quote(address.database, safe=""),
        "login": address.login,
        "sslmode": "verify-full" if address.has_tls else "disable",
        "ssl": "on, mode verify-full" if address.has_tls else "off",
        "on_or_off": "on" if address.has_tls else "off",
        "powerbi": _POWER_BI[address.has_tls],
    }


_CERTIFICATE = (
    "\n# verify-full checks the server's certificate. Add sslrootcert=FILE, that of who signed it\n"
    "# (ODBC: pqopt={sslrootcert=FILE}), or sslrootcert=system if this machine already trusts it."
)
_POWER_BI = {
    True: "Power BI checks the certificate: who signed it must be among the trusted roots of Windows.",
    False: "Accept a connection without encryption: it does not leave this machine.",
}
_FORM = """\
Host      {host}
Port      {port}
Database  {database}
User      {login}"""
_DRIVER = (
    "Driver={{PostgreSQL Unicode}};Server={host};Port={port};Database={database};UID={login};"
    "SSLmode={sslmode};"
)
_URL = "{login}@{url_host}:{port}/{database_in_url}?sslmode={sslmode}"
_HOW = {
    "psql": f'psql "postgresql://{_URL}"',
    "odbc": _DRIVER,
    "jdbc": "jdbc:postgresql://{url_host}:{port}/{database_in_url}?user={login}&sslmode={sslmode}",
    "sqlalchemy": f"postgresql+psycopg://{_URL}",
    "metabase": "Admin settings > Databases > Add database > PostgreSQL\n"
    f"{_FORM}\nSchemas   Only these: api\nUse a secure connection (SSL): {{ssl}}",
    "superset": "Settings > Database connections > + Database > PostgreSQL > Connect with a SQLAlchemy URI;\n"
    "put your password behind the user's name, as USER:PASSWORD@ (Superset masks it)\n"
    f"postgresql+psycopg2://{_URL}",
    "powerbi": "Get data > PostgreSQL database; when asked for credentials choose Database\n"
    "Server    {host}:{port}\nDatabase  {database}\nUser      {login}\n{powerbi}",
    "tableau": "Connect > To a server > PostgreSQL\n"
    f"{_FORM}\nRequire SSL: {{on_or_off}}. Then choose the schema api.",
    "excel": "Data > Get data > From other sources > From ODBC > Advanced; needs the PostgreSQL ODBC driver\n"
    + _DRIVER,
}
