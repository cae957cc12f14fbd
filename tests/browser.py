"""Finds a Chromium to drive, and installs one where that is allowed: by the system's packages, else by playwright."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
INSTALL_SECONDS = 300


def find_chromium() -> Path | None:
    """The path of a Chromium, or None. The first found of: CHROME, PATH, apt (as root), playwright's installer."""
    for find in (_named, _on_path, _by_apt, _by_playwright):
        found = find()
        if found is not None:
            return found
    return None


def _named() -> Path | None:
    named = os.environ.get("CHROME", "")
    return Path(named) if named and os.access(named, os.X_OK) else None


def _on_path() -> Path | None:
    for name in NAMES:
        found = shutil.which(name)
        if found:
            return Path(found)
    return None


def _by_apt() -> Path | None:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return None
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "--no-install-recommends", "chromium"]
    for command in (["apt-get", "update"], install):
        if not _runs(command, environment):
            return None
    return _on_path()


def _by_playwright() -> Path | None:
    if not _runs([sys.executable, "-m", "playwright", "install", "chromium"], dict(os.environ)):
        return None
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = Path(playwright.chromium.executable_path)
    return found if found.exists() else None


def _runs(command: list[str], environment: dict[str, str]) -> bool:
    try:
        done = subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=INSTALL_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
