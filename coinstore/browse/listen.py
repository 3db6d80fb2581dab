"""Where the pages listen, and under which names browsers may ask for them."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from ..errors import SettingsError

LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True)
class Listen:
    """`host` and `port` (0: any free one); with a certificate by TLS; `behind_proxy` is what people open.

    Behind a proxy the pages listen on this machine only, unless they have a certificate of their own.
    """

    host: str = "127.0.0.1"
    port: int = 0
    cert: Path | None = None
    key: Path | None = None
    behind_proxy: str = ""

    @property
    def is_local(self) -> bool:
        """Whether only programs of this machine can connect."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    @property
    def is_secure(self) -> bool:
        """Whether browsers come by TLS, here or at the proxy."""
        return self.cert is not None or self.behind_proxy.startswith("https:")

    def address(self, port: int) -> str:
        """What people open."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.behind_proxy or f"{'https' if self.cert else 'http'}://{host}:{port}"

    def answers_to(self, host: str, own_address: str) -> bool:
        """Whether a Host header names us. A page of another name that leads here (DNS rebinding) is refused.

        The port may differ: a tunnel has its own.
        """
        return _hostname(host) in {one.lower() for one in self._names(own_address)}

    def _names(self, own_address: str) -> Iterator[str]:
        yield from LOOPBACK
        yield self.host
        if self.behind_proxy:
            yield _hostname(urlsplit(self.behind_proxy).netloc)
        if not self.is_local:
            yield from (own_address, *_names_of_this_machine())

    def is_ours(self, origin: str, host: str) -> bool:
        """Whether an Origin header is that of our own pages."""
        return origin == f"{'https' if self.cert else 'http'}://{host}" or (
            bool(self.behind_proxy) and origin == self.behind_proxy
        )


@cache
def _names_of_this_machine() -> tuple[str, str]:
    return socket.gethostname(), socket.getfqdn()  # the second may ask the network


def _hostname(host: str) -> str:
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port
    except ValueError:
        return ""
    is_plain = parts.netloc == host and "@" not in host and not parts.path
    return (parts.hostname or "") if is_plain else ""


def check_listen(listen: Listen, *, has_passwords: bool, person: str | None, login: str) -> None:
    """Raises SettingsError where people of other machines could read or write without a password."""
    if (listen.cert is None) != (listen.key is None):
        raise SettingsError("a certificate needs its key, and a key its certificate.")
    if listen.behind_proxy:
        _check_proxy(listen.behind_proxy)
    if has_passwords and (person or login):
        raise SettingsError(
            "with a password file each person reads and judges in their own name; leave out other names."
        )
    if not listen.is_local:
        if listen.behind_proxy and listen.cert is None:
            raise SettingsError(
                f"others can reach {listen.host} without the proxy: listen on 127.0.0.1, or give TLS files."
            )
        if not has_passwords:
            raise SettingsError(f"others can reach {listen.host}: give a file with passwords.")
        if listen.cert is None:
            raise SettingsError(
                f"without TLS others can read the passwords that are sent to {listen.host}: give TLS files."
            )
    if listen.behind_proxy and not has_passwords and (person or login):
        raise SettingsError(
            "visitors come through the proxy: to write, or to read private collections, they need passwords."
        )


def _check_proxy(url: str) -> None:
    parts = urlsplit(url)
    if (
        parts.scheme not in ("https", "http")
        or not parts.hostname
        or url != f"{parts.scheme}://{parts.netloc}"
    ):
        raise SettingsError(f"{url} is not the address of a proxy; one is like https://coins.museum.example")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise SettingsError(f"the proxy at {url} must have TLS: an address that begins with https://")
