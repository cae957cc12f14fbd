"""A database for a measurement that was started without one: the same command again, beside a private PostgreSQL."""

import os
import subprocess
import sys

from bench.rig import private_postgres


def ensure() -> None:
    """Returns where DATABASE_URL says which to use; otherwise runs this command with one, and leaves as it did."""
    if os.environ.get("DATABASE_URL"):
        return
    with private_postgres() as url:
        done = subprocess.run([sys.executable, *sys.argv], env={**os.environ, "DATABASE_URL": url}, check=False)
    sys.exit(done.returncode)
