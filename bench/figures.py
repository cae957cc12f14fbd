"""Percentiles, a table for people, and JSON for the next run to be compared with."""

import json
import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from bench.rig import OUT

Spread = dict[str, float]


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile of seconds, in milliseconds."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000


def spread(values: Sequence[float]) -> Spread:
    """p50 and p99 in milliseconds, and of how many."""
    return {"p50": percentile(values, 0.5), "p99": percentile(values, 0.99), "n": len(values)}


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Prints rows under a head, each column as wide as it needs."""
    cells = [[f"{value:.2f}" if isinstance(value, float) else str(value) for value in row] for row in [head, *rows]]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    for row in cells:
        print("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)), flush=True)


def write(name: str, result: dict[str, Any]) -> None:
    """Writes var/bench/NAME.json and says where."""
    OUT.mkdir(parents=True, exist_ok=True)
    path = OUT / f"{name}.json"
    machine = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
        "python": platform.python_version(),
        "kernel": platform.release(),
    }
    path.write_text(json.dumps({"machine": machine, **result}, indent=1))
    print(f"\nwritten to {path}")
