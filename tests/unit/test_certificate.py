"""The certificate of a served store: whom it names, and one whose time is over."""

import socket
from pathlib import Path

import pytest

from coinstore.errors import AccessError
from coinstore.server import certificate


def test_it_names_what_the_machine_is_called(tmp_path: Path) -> None:
    file, key = certificate.own(tmp_path, "0.0.0.0")
    assert {"localhost", "127.0.0.1", "::1", socket.gethostname()} <= certificate._names(file)
    assert key.stat().st_mode & 0o777 == 0o600
    before = file.read_bytes()
    assert certificate.own(tmp_path, "localhost")[0].read_bytes() == before
    assert certificate.own(tmp_path, "coins.example.org")[0].read_bytes() != before


def test_one_whose_time_is_over_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificate, "DAYS", -0.01)
    with pytest.raises(AccessError, match="was valid until 2"):
        certificate.context(*certificate.own(tmp_path, "localhost"))
