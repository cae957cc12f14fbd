"""Collects the static files when they have changed, which takes seconds, and not when they have not."""

import hashlib
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

MARK = ".sources"


def collect_if_changed() -> None:
    """STATIC_ROOT holds the present files under their digests."""
    root = Path(settings.STATIC_ROOT)
    digest = _digest_of_sources()
    mark = root / MARK
    if mark.exists() and mark.read_text() == digest and (root / "staticfiles.json").exists():
        return
    root.mkdir(parents=True, exist_ok=True)
    call_command("collectstatic", verbosity=0, interactive=False, clear=True)
    mark.write_text(digest)


def _digest_of_sources() -> str:
    found = hashlib.sha256()
    for finder in get_finders():
        for path, storage in sorted(finder.list([]), key=lambda pair: pair[0]):
            facts = Path(storage.path(path)).stat()
            found.update(f"{path}\0{facts.st_size}\0{facts.st_mtime_ns}\n".encode())
    return found.hexdigest()
