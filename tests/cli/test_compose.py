"""docker-compose.yml, parsed: the parts that a store needs to start."""

import os
import shutil
import socket
import ssl
import stat
import subprocess
import threading
from pathlib import Path

import pytest
import yaml

COMPOSE = yaml.safe_load((Path(__file__).parents[2] / "docker-compose.yml").read_text("utf-8"))


def test_workers_wait_for_the_schema_and_the_schema_for_the_server() -> None:
    services = COMPOSE["services"]
    assert services["db"]["image"].startswith("pgvector/pgvector:")
    assert "pg_isready" in services["db"]["healthcheck"]["test"][1]
    assert services["migrate"]["depends_on"]["db"]["condition"] == "service_healthy"
    for name in ("worker", "worker-gpu"):
        assert services[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
        assert "container_name" not in services[name]  # a service with a fixed name cannot be scaled


def test_workers_can_be_multiplied() -> None:
    # What two containers on one machine cannot share: a name, a port, a volume that both write.
    for name in ("worker", "worker-gpu"):
        service = COMPOSE["services"][name]
        assert not {"container_name", "ports", "hostname"} & set(service)
        assert all(volume.endswith(":ro") for volume in service["volumes"])
        assert "--watch" in " ".join([service["command"]] if name == "worker-gpu" else service["command"])
    said = (Path(__file__).parents[2] / "docker-compose.yml").read_text("utf-8")
    assert "--scale worker=4" in said


def test_no_password_is_written_down() -> None:
    assert "${COINSTORE_DB_PASSWORD:?" in COMPOSE["services"]["db"]["environment"]["POSTGRES_PASSWORD"]
    assert (
        "${COINSTORE_DB_PASSWORD:?" in COMPOSE["services"]["worker"]["environment"]["COINSTORE_DATABASE_URL"]
    )


def test_the_gpu_has_networks_to_run() -> None:
    gpu = COMPOSE["services"]["worker-gpu"]
    assert "models" in gpu["build"]["args"]["EXTRAS"]
    assert gpu["command"].split()[-2:] == ["--device", "cuda"]
    assert "hog" not in gpu["command"]


def test_shared_memory_holds_an_index_build() -> None:
    assert COMPOSE["services"]["db"]["shm_size"] == "2gb"


def test_workers_check_the_certificate_of_the_server() -> None:
    worker, db = COMPOSE["services"]["worker"], COMPOSE["services"]["db"]
    url = worker["environment"]["COINSTORE_DATABASE_URL"]
    assert url.endswith("@db/coinstore?sslmode=verify-full&sslrootcert=/tls/server.crt")
    assert "tls:/tls:ro" in worker["volumes"] and "tls:/tls" in db["volumes"]


def test_the_network_is_not_reached_unless_asked_for() -> None:
    assert COMPOSE["services"]["db"]["ports"] == ["${COINSTORE_DB_LISTEN:-127.0.0.1:5433}:5432"]


@pytest.fixture
def start(tmp_path: Path):
    """Starts the database's container as far as to the server; returns what the server would be called with."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    programs, tls = tmp_path / "bin", tmp_path / "tls"
    programs.mkdir()
    tls.mkdir()
    for name, body in {"docker-entrypoint.sh": 'echo "$@"', "chown": "exit 0"}.items():
        (programs / name).write_text(f"#!/bin/sh\n{body}\n")
        (programs / name).chmod(0o755)
    shell, options, script = COMPOSE["services"]["db"]["entrypoint"]
    script = script.replace("$$", "$").replace("/tls", str(tls))

    def run(host: str) -> tuple[Path, str]:
        done = subprocess.run(
            [shell, options, script],
            env={"PATH": f"{programs}:{os.environ['PATH']}", "COINSTORE_DB_HOST": host},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return tls, done.stdout

    return run


def test_the_server_has_tls_and_takes_no_connection_without(start) -> None:
    tls, called = start("coins.example.org")
    for option in ("ssl=on", f"ssl_cert_file={tls}/server.crt", f"ssl_key_file={tls}/server.key"):
        assert f"-c {option}" in called
    assert f"-c hba_file={tls}/pg_hba.conf" in called
    rules = [line.split() for line in (tls / "pg_hba.conf").read_text().splitlines()]
    assert rules == [["local", "all", "all", "trust"], ["hostssl", "all", "all", "all", "scram-sha-256"]]
    assert stat.S_IMODE((tls / "server.key").stat().st_mode) == 0o600


def test_the_certificate_stays_and_names_the_machine(start) -> None:
    tls, _ = start("localhost")
    first = (tls / "server.crt").read_bytes()
    start("localhost")
    assert (tls / "server.crt").read_bytes() == first
    start("coins.example.org")
    assert (tls / "server.crt").read_bytes() != first
    for name in ("db", "localhost", "coins.example.org"):
        shake_hands(tls, name)
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(tls, "other.example.org")


def shake_hands(tls: Path, name: str) -> None:
    """A client that trusts the certificate meets a server that has it, under a name."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tls / "server.crt", tls / "server.key")
    client = ssl.create_default_context(cafile=str(tls / "server.crt"))
    near, far = socket.socketpair()

    def answer() -> None:
        try:
            server.wrap_socket(far, server_side=True).close()
        except (ssl.SSLError, OSError):
            far.close()

    thread = threading.Thread(target=answer)
    thread.start()
    try:
        client.wrap_socket(near, server_hostname=name).close()
    finally:
        near.close()
        thread.join()
