"""docker-compose.yml, by parsing it: the parts that must be there for a store to come up."""

from pathlib import Path

import yaml

COMPOSE = yaml.safe_load((Path(__file__).parents[2] / "docker-compose.yml").read_text("utf-8"))


def test_workers_wait_for_the_schema_and_the_schema_for_the_server() -> None:
    services = COMPOSE["services"]
    assert services["db"]["image"].startswith("pgvector/pgvector:")
    assert "pg_isready" in services["db"]["healthcheck"]["test"][1]
    assert services["migrate"]["depends_on"]["db"]["condition"] == "service_healthy"
    for name in ("worker", "worker-gpu"):
        assert services[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
        assert "container_name" not in services[name]  # a name of its own would not scale


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
