"""coinstore weights: the files that trained models are made of."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

import click

from coinstore.models import weights as files

from .shared.output import notice, print_json, print_table
from .shared.progress import reporting

MEGABYTE = 1_000_000


@click.group()
def weights() -> None:
    """List, fetch, add and verify files of weights. `fetch` alone goes to the network."""


@weights.command("list")
@click.option("--json", "as_json", is_flag=True, help="An array for machines.")
def list_weights(as_json: bool) -> None:
    """List the weights that presets ask for, and those that are here."""
    there = {found.name: found for found in files.here()}
    rows = []
    for name in [*files.KNOWN, *(name for name in there if name not in files.KNOWN)]:
        found, known = there.get(name), files.KNOWN.get(name)
        size_mb = round(found.size_bytes / MEGABYTE, 1) if found else known and known.size_mb
        rows.append(
            {
                "weights": name,
                "here": found is not None,
                "size_mb": size_mb,
                "licence": known and known.licence,
                "sha256": found and found.sha256,
                "source": found.source if found else known and known.url,
            }
        )
    if as_json:
        print_json(rows)
    else:
        print_table([row | {"sha256": (row["sha256"] or "")[:8]} for row in rows], list(rows[0]))


@weights.command()
@click.argument("name")
def fetch(name: str) -> None:
    """Download the weights NAME.

    \b
    coinstore weights fetch resnet50
    """
    with reporting() as progress:
        found = files.fetch(name, progress)
    notice(f"Fetched {name}: {found.path}")


@weights.command()
@click.argument("name")
@click.option(
    "--file", "file", type=click.Path(path_type=Path), required=True, help="The file that you have."
)
def add(name: str, file: Path) -> None:
    """Add a file of weights under NAME: one of `coinstore weights list`, or a name of your own.

    \b
    coinstore weights add resnet50 --file resnet50-11ad3fa6.pth
    coinstore weights add my_resnet50 --file trained.pth
    """
    found = files.add(name, file)
    notice(f"{found.name}: {found.size_bytes / MEGABYTE:.1f} MB, SHA-256 {found.sha256}")


@weights.command()
@click.option("--json", "as_json", is_flag=True, help="An array for machines.")
def verify(as_json: bool) -> None:
    """Read every file of weights again and compare its SHA-256; exit code 1 when one has changed."""
    rows = [
        {"weights": found.name, "ok": not why, "why": why} | asdict(found) for found, why in files.verify()
    ]
    if as_json:
        print_json(rows)
    elif rows:
        print_table(rows, ["weights", "ok", "why", "sha256"])
    else:
        notice("No weights are here.")
    if not all(row["ok"] for row in rows):
        sys.exit(1)
