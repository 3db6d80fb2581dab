"""Apache Superset, in its own environment, as a granted login: COINSTORE_TEST_SUPERSET=FOLDER/bin/python.

python3.11 -m venv FOLDER && FOLDER/bin/pip install "apache-superset<6" psycopg2-binary "marshmallow<4"
"""

import json
import os
import subprocess
from pathlib import Path

import pytest

from coinstore.running import dashboards

PYTHON = os.environ.get("COINSTORE_TEST_SUPERSET")
QUERIES = {
    "filtered": "select mint, count(*) from api.coins where mint = 'Rome' and weight_g > 3 group by 1",
    "look_alikes": """select c.inventory_number, s.inventory_number, s.percentile from api.coins c
                      cross join lateral (select * from api.similar_tiny(c.coin_id) s where s.mint = 'Rome'
                                          order by s.distance limit 3) s where c.inventory_number < 'N00005'""",
}


@pytest.mark.skipif(
    not PYTHON, reason="COINSTORE_TEST_SUPERSET names no Python that has Apache Superset (some 1 GB)"
)
def test_superset(serving, tmp_path: Path) -> None:
    config = tmp_path / "superset_config.py"
    config.write_text(
        f'SECRET_KEY = "of a test, of no use to anyone, but long enough"\nSQLALCHEMY_DATABASE_URI = "sqlite:///{tmp_path}/superset.db"\n'
    )
    said = serving.coinstore("bi", "url", "anna", "--for", "superset").stdout
    address = next(line for line in said.splitlines() if "://" in line)
    dashboards.write(tmp_path / "files", "superset", address.replace("anna@", "anna:XXXXXXXXXX@"))
    environment = os.environ | {
        "SUPERSET_CONFIG_PATH": str(config),
        "FLASK_APP": "superset",
        "SUPERSET_HOME": str(tmp_path),
        "STORE_URI": address.replace("anna@", "anna:correct%20horse%20battery@"),
        "PASSWORD": "correct horse battery",
        "QUERIES": json.dumps(QUERIES),
        "BUNDLE": str(tmp_path / "files" / "coinstore_superset.zip"),
    }

    def run(program: str | Path, *arguments: str) -> str:
        done = subprocess.run(
            [program, *arguments], env=environment, capture_output=True, text=True, timeout=400
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
        return done.stdout

    run(Path(PYTHON).with_name("superset"), "db", "upgrade")
    run(Path(PYTHON).with_name("superset"), "init")
    said = run(PYTHON, str(Path(__file__).with_name("superset_session.py")))
    found = json.loads(next(line for line in said.splitlines() if line.startswith("RESULT "))[7:])
    assert {"coins", "sides", "edges"} <= set(found["views"])
    assert found["columns"]["weight_g"] == "DOUBLE_PRECISION"
    assert found["filtered"][0][0] == "Rome"
    assert len(found["look_alikes"]) == 15
    assert len(found["charts"]) == 4 and all(found["charts"].values())
