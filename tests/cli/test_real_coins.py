"""The commands of the first issue, on the real coins beside the project."""

import json
from pathlib import Path

MAPPINGS = Path(__file__).parents[1] / "mappings"


def test_the_whole_road(coinstore, real: Path) -> None:
    sources = [
        (["ingest", str(real / "roman/records.csv"), "--images", str(real / "roman/images")], 0, 1684),
        (
            [
                "ingest",
                str(real / "berlin/coins.csv"),
                "--collection",
                "Münzkabinett Berlin (records)",
                "--map",
                str(MAPPINGS / "berlin.toml"),
            ],
            0,
            8902,
        ),
        (
            [
                "ingest",
                str(real / "cn8/coins.json"),
                "--images",
                str(real / "cn8"),
                "--map",
                str(MAPPINGS / "cn8.toml"),
            ],
            0,
            8,
        ),
        (["ingest", str(real / "bad"), "--collection", "Bad"], 3, 0),
    ]
    for command, code, new in sources:
        assert json.loads(coinstore(*command, "--json", code=code).stdout)["new"] == new
    for command, code, _ in sources:
        again = json.loads(coinstore(*command, "--json", code=code).stdout)
        assert (again["new"], again["changed"]) == (0, 0)
    faults = json.loads(coinstore("faults", "--json").stdout)
    assert sum(fault["column_name"] == "weight" for fault in faults) == 6
    assert sum("is cut short" in fault["reason"] for fault in faults) == 2
    coinstore("embed", "hog", "--workers", "2")
    [space] = json.loads(coinstore("spaces", "--json").stdout)
    assert space["sides"] == 2 * 1692
    assert space["embedded"] + space["faults"] == 2 * 1692
    where = "collection <> 'American Numismatic Society' and denomination = 'Denarius'"
    found = json.loads(
        coinstore(
            "similar",
            "American Numismatic Society/01115",
            "--face",
            "both",
            "-k",
            "5",
            "--where",
            where,
            "--json",
        ).stdout
    )
    assert len(found) == 5
    assert all(row["denomination"] == "Denarius" and row["compared"] == "both" for row in found)
