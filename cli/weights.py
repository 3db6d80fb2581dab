"""coinstore weights: the files that trained models are made of."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

import click

from .shared.commands import Group
from .shared.options import listing
from .shared.output import SHORT_SHA256, notice, print_rows
from .shared.progress import reporting

MEGABYTE = 1_000_000


@click.group(cls=Group)
def weights() -> None:
    """List, fetch, add and verify files of weights. Only `fetch` uses the network.

    \b
    coinstore weights list
    """


@weights.command("list")
@listing
def list_weights(form: str) -> None:
    """List the weights of the presets, and those that are here.

    \b
    coinstore weights list
    """
    from coinstore.models import weights as files

    there = {found.name: found for found in [*files.packaged(), *files.here()]}
    rows = []
    for name in [*files.KNOWN, *(name for name in there if name not in files.KNOWN)]:
        found, known = there.get(name), files.KNOWN.get(name)
        size_mb = round(found.size_bytes / MEGABYTE, 1) if found else known and known.size_mb
        sha256 = found and found.sha256
        rows.append(
            {
                "weights": name,
                "here": found is not None,
                "size_mb": size_mb,
                "licence": known and known.licence,
                "sha256": sha256[:SHORT_SHA256] if sha256 and form == "table" else sha256,
                "source": found.source if found else known and known.url,
            }
        )
    print_rows(rows, list(rows[0]), form)


@weights.command()
@click.argument("name")
def fetch(name: str) -> None:
    """Download the weights NAME.

    \b
    coinstore weights fetch resnet50
    """
    from coinstore.models import weights as files

    with reporting() as progress:
        found = files.fetch(name, progress)
    notice(f"Fetched {name}: {found.path}")


@weights.command()
@click.argument("name")
@click.option("--file", "file", type=click.Path(path_type=Path), required=True, help="The file of weights.")
def add(name: str, file: Path) -> None:
    """Add a file of weights under NAME.

    NAME is one of `coinstore weights list`, or a new one.

    \b
    coinstore weights add resnet50 --file resnet50-11ad3fa6.pth
    coinstore weights add my_resnet50 --file trained.pth
    """
    from coinstore.models import weights as files

    found = files.add(name, file)
    notice(f"{found.name}: {found.size_bytes / MEGABYTE:.1f} MB, SHA-256 {found.sha256}")


@weights.command()
@listing
def verify(form: str) -> None:
    """Compare the SHA-256 of every file of weights.

    The exit code is 1 if a file has changed.

    \b
    coinstore weights verify
    """
    from coinstore.models import weights as files

    rows = [
        {"weights": found.name, "ok": not why, "why": why} | asdict(found) for found, why in files.verify()
    ]
    print_rows(rows, ["weights", "ok", "why", "sha256"], form, empty="There are no weights here.")
    if not all(row["ok"] for row in rows):
        sys.exit(1)
