"""Records from Parquet: each row is one, and its values have their types."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, BinaryIO

from ..errors import SettingsError, SourceError
from .coin import Record

MARK = b"PAR1"
BATCH = 1000  # rows


def parquet_rows(source: str, stream: BinaryIO) -> Iterator[Record]:
    """The rows of a Parquet file; raises SourceError for a damaged one, SettingsError without pyarrow."""
    try:
        import pyarrow
        from pyarrow.parquet import ParquetFile
    except ModuleNotFoundError:
        raise SettingsError('Parquet needs pyarrow: pip install "coinstore[formats]"') from None
    try:
        file = ParquetFile(stream)
        number = 0
        for batch in file.iter_batches(batch_size=BATCH):
            for row in batch.to_pylist():
                number += 1
                values = {str(name): _plain(value) for name, value in row.items()}
                yield Record(f"row {number}", values, values)
    except (pyarrow.ArrowException, OSError) as error:
        raise SourceError(f"{source}: is not Parquet, or damaged ({str(error).splitlines()[0]}).") from None


def _plain(value: Any) -> Any:
    """A value as JSON has it; bytes, which are not text, become None."""
    if isinstance(value, dict):
        return {str(name): _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return None if isinstance(value, bytes) else value
