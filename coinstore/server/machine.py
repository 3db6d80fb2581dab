"""Settings of the embedded server that follow the machine: its memory and its cores."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path

MB = 1024**2
LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")  # of a container


def memory_mb() -> int:
    """The memory of this machine, or of the container around this process; 2 GB where nothing says it."""
    found = []
    with suppress(ValueError, OSError, AttributeError):
        found.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    for path in LIMITS:
        with suppress(ValueError, OSError):  # "max": no limit
            found.append(int(Path(path).read_text()))
    return min(found, default=2048 * MB) // MB


def server_settings(data: Path) -> dict[str, str]:
    """The settings by name, as the server takes them, without those that `alter system` has set in its data.

    A quarter of the memory holds pages, up to 8 GB, as the manual of PostgreSQL advises for a server that
    shares its machine; an eighth, up to 2 GB, builds an index. Checkpoints are rare: each makes the writes
    of a long load larger for a while. Compiling queries (jit) takes longer than the queries of a store.
    """
    memory, cores = memory_mb(), os.cpu_count() or 1
    found = {
        "shared_buffers": f"{min(max(memory // 4, 128), 8192)}MB",
        "effective_cache_size": f"{memory // 2}MB",
        "maintenance_work_mem": f"{min(max(memory // 8, 64), 2048)}MB",
        "max_wal_size": f"{min(max(memory // 4, 1024), 4096)}MB",
        "checkpoint_timeout": "15min",
        "work_mem": f"{min(max(memory // 256, 4), 64)}MB",
        "max_parallel_workers": str(cores),
        "max_parallel_workers_per_gather": str(min(cores, 4)),
        "jit": "off",
    }
    with suppress(OSError):
        said = (data / "postgresql.auto.conf").read_text("utf-8")
        found = {name: value for name, value in found.items() if not re.search(rf"^{name} =", said, re.M)}
    return found
