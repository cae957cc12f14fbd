"""Makes the key file of a new installation: by hand for a hospital, by itself only for the demonstration."""

from pathlib import Path

from django.conf import settings

from vault import keysets
from vault.errors import KeyFileMissing, KeyFileUnsafe
from vault.models import DataKey


def make_key_file() -> Path:
    """The path of a new key file with one key.

    Raises KeyFileUnsafe when there is a file already, and KeyFileMissing when the database holds data keys: they were
    wrapped by a file that must be restored, and a new one would only hide that.
    """
    path = Path(settings.KEY_FILE)
    if DataKey.objects.exclude(state=DataKey.State.DESTROYED).exists():
        raise KeyFileMissing(f"The database holds data keys, but not by a new file's key: restore {path} instead.")
    keysets.create(path)
    return path


def make_demonstration_key_file() -> None:
    """There is a key file, made now if this is the demonstration's first start. After the migrations.

    Raises KeyFileUnsafe outside the demonstration: there somebody decides where the key lies (`manage.py vault init`).
    """
    if settings.KEY_PROVIDER != "file" or Path(settings.KEY_FILE).exists():
        return
    if not settings.DEMONSTRATION:
        raise KeyFileUnsafe("A key file is made by itself in the demonstration only. Run `manage.py vault init`.")
    make_key_file()
