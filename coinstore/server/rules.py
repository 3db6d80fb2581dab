"""Who may connect to the embedded server by TCP: its pg_hba file."""

from __future__ import annotations

from pathlib import Path

_BY_SOCKET = "local all all trust\n"
_NO_ONE = "host all all all reject\n"
# By TCP come members of coinstore_bi, with a password, and only to the store. Superusers are not members; the
# first rule also rejects them by name.
_LOGINS = "host all postgres all reject\nhost {} +coinstore_bi 127.0.0.1/32 scram-sha-256\n"


def rules_file(data: Path) -> Path:
    return data / "coinstore_hba.conf"


def open_port(data: Path, database: str) -> Path:
    """Writes rules that let logins of `coinstore bi grant` into one database; returns the file."""
    file = rules_file(data)
    file.write_text(_BY_SOCKET + _LOGINS.format(database) + _NO_ONE, "ascii")
    file.chmod(0o644)  # only the server's user may enter its folder
    return file


def close_port(data: Path) -> None:
    """Writes rules that let in no one by TCP; they apply when the server reads them again."""
    rules_file(data).write_text(_BY_SOCKET + _NO_ONE, "ascii")


def is_open(data: Path) -> bool:
    """Whether the rules let in anyone by TCP."""
    try:
        return "coinstore_bi" in rules_file(data).read_text("ascii")
    except OSError:
        return False
