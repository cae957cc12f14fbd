"""Makes the key of a new log: by hand for a hospital, by itself only for the demonstration."""

import secrets
from pathlib import Path

from django.conf import settings

from ledger.models import Checkpoint
from vault import signing
from vault.errors import KeyFileMissing, KeyFileUnsafe


def make_log_key() -> Path:
    """The path of a new key file, for a log whose origin names this installation and nothing else.

    Raises KeyFileUnsafe when there is a file already, and KeyFileMissing when the log was signed by a key: that must be
    restored, since under another one it would be another log.
    """
    path = Path(settings.LOG_KEY_FILE)
    if Checkpoint.objects.exists():
        raise KeyFileMissing(f"The log is signed already, but not by a new file's key: restore {path} instead.")
    signing.create(path, f"{settings.PASSKEY_NAME}/readback-{secrets.token_hex(4)}")
    return path


def make_demonstration_log_key() -> None:
    """There is a key, made now if this is the demonstration's first start. After the migrations.

    Raises KeyFileUnsafe outside the demonstration: there somebody decides where the key lies (`manage.py ledger init`).
    """
    if settings.KEY_PROVIDER == "memory" or Path(settings.LOG_KEY_FILE).exists():
        return
    if not settings.DEMONSTRATION:
        raise KeyFileUnsafe("The log's key is made by itself in the demonstration only. Run `manage.py ledger init`.")
    make_log_key()
