"""The certificate with which the embedded server is served: the user's own, or one that signs itself."""

from __future__ import annotations

import ipaddress
import os
import socket
import ssl
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ..errors import AccessError

DAYS = 3650  # those who trust it hold a copy: a new one is a deliberate act


def context(certificate: Path, key: Path) -> ssl.SSLContext:
    """TLS 1.2 or later with a certificate (and those that vouch for it) and its key, PEM; raises AccessError."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        for path in (certificate, key):
            path.read_bytes()
        made.load_cert_chain(certificate, key, password=_no_password)
    except OSError as error:  # ssl.SSLError, too
        reason = error.strerror or "not what it should be"
        raise AccessError(
            f"{certificate} and {key} are no certificate with its key, PEM: {reason}"
        ) from error
    _refuse_past(certificate)
    return made


def _refuse_past(certificate: Path) -> None:
    from cryptography import x509

    end = x509.load_pem_x509_certificate(certificate.read_bytes()).not_valid_after_utc
    if end < datetime.now(UTC):
        raise AccessError(
            f"{certificate} was valid until {end:%Y-%m-%d}; give another, or --new-certificate for your own"
        )


def _no_password() -> str:
    raise AccessError("the key is locked with a password; give one without, readable by you alone")


def own(folder: Path, host: str, *, renew: bool = False) -> tuple[Path, Path]:
    """A certificate that signs itself and its key in a folder; made anew where it does not name the host.

    The key is for the owner's eyes alone (0600).
    """
    certificate, key = folder / "server.crt", folder / "server.key"
    if renew or not (certificate.exists() and key.exists()) or host not in _names(certificate):
        folder.mkdir(parents=True, exist_ok=True)
        made, secret = _make([host, *_names_of_machine()])
        _write(key, secret, 0o600)
        _write(certificate, made, 0o644)
    return certificate, key


def _write(path: Path, content: bytes, mode: int) -> None:
    path.unlink(missing_ok=True)  # or it would keep the mode that it has
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)


def _names_of_machine() -> list[str]:
    """By which others may call it: its name, and the address that its packets to others bear."""
    names = ["localhost", "127.0.0.1", "::1", socket.gethostname()]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, suppress(OSError):
        probe.connect(("192.0.2.1", 9))  # of datagrams: nothing is sent
        names.append(probe.getsockname()[0])
    return names


def _names(certificate: Path) -> set[str]:
    from cryptography import x509

    try:
        read = x509.load_pem_x509_certificate(certificate.read_bytes())
        found = read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, x509.ExtensionNotFound):
        return set()
    addresses = {str(address) for address in found.get_values_for_type(x509.IPAddress)}
    return addresses | set(found.get_values_for_type(x509.DNSName))


def _make(names: list[str]) -> tuple[bytes, bytes]:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "coinstore")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=DAYS))
        .add_extension(
            x509.SubjectAlternativeName([_general(name) for name in dict.fromkeys(names)]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return made.public_bytes(serialization.Encoding.PEM), secret


def _general(name: str) -> Any:
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
