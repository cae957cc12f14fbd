"""Runs the project's own commands as a person at a terminal does, and keeps what they said."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
LONGEST_SECONDS = 90


@dataclass(frozen=True)
class Said:
    """How a command ended, and all that it printed."""

    code: int
    text: str


def operator_environment(**extra: str) -> dict[str, str]:
    """What a hospital sets, and nothing that these tests have set for themselves. An empty value unsets."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("READBACK_", "DJANGO_", "PYTEST_", "DATABASE_URL", "REDIS_URL"))
    }
    secret = "k8Jd7s-2mPq0vXz4Rt6Yb1Nc3Lf5Wg9Hx_AeIoUuTrSlMnBvCxZ"
    return {name: value for name, value in {**kept, "READBACK_SECRET_KEY": secret, **extra}.items() if value}


def run(*arguments: str, environment: dict[str, str], program: str = "-m") -> Said:
    """`python -m config.launch ...` and its like, to their end."""
    command = [sys.executable, *([program] if program else []), *arguments]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=LONGEST_SECONDS,
    )
    return Said(done.returncode, done.stdout)
