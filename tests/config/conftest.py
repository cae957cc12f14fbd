"""Programs that only state a version, and a private cluster that a test starts itself."""

from pathlib import Path

import pytest


@pytest.fixture
def make_postgres(tmp_path):
    """make_postgres("16.3", at=...): a directory with an initdb and a postgres that state that version."""

    def make(version: str, *, at: Path) -> Path:
        at.mkdir(parents=True)
        for name in ("postgres", "initdb"):
            program = at / name
            program.write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) {version}'\n")
            program.chmod(0o755)
        return at

    return make
