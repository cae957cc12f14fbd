"""What must be good before the first request is taken. Each check raises CommandError with what to do about it."""

import re
from pathlib import Path

import redis
from django.conf import settings
from django.core.management.base import CommandError
from django.db import DatabaseError, OperationalError, connection

from config.embedded.roles import SEQUENCER
from config.health import migrations_are_applied
from config.roles import SERVER_ROLE, what_the_server_could_too
from ledger.logins import as_sequencer, may_sequence
from vault.errors import ProviderError
from vault.services import health
from vault.signing import log_key

REDIS_SECONDS = 3


def require_database() -> None:
    """The database answers."""
    try:
        connection.ensure_connection()
    except OperationalError as exc:
        raise CommandError(
            f"The database does not answer: {_first_line(exc)}\n"
            "Check DATABASE_URL (postgres://user:password@host:port/name) and that PostgreSQL runs there."
        ) from exc
    except DatabaseError as exc:
        raise CommandError(f"The database cannot be used: {_first_line(exc)}") from exc


def require_durability() -> None:
    """A commit that was answered survives the power: nothing is acknowledged to a nurse that may still be lost.

    synchronous_commit may also be remote_write or remote_apply, which wait for a replica besides.
    """
    for setting, good in (("fsync", {"on"}), ("synchronous_commit", {"on", "remote_write", "remote_apply"})):
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting(%s)", [setting])
            (value,) = cursor.fetchone() or ("",)
        if value not in good:
            raise CommandError(
                f"The database runs with {setting} = {value}, so it may lose what it has confirmed. "
                f"Set {setting} = on in its configuration, reload it, then start again."
            )


def require_migrations() -> None:
    """The tables are those that this version of the code expects."""
    if not migrations_are_applied():
        raise CommandError(
            "The database's tables are older than this version. After a backup run `python manage.py migrate`, "
            "then start again."
        )


def require_least_privilege() -> None:
    """The server's role, and the sequencer's, own nothing and step over nothing: what the owner has laid down holds."""
    found = what_the_server_could_too()
    if found:
        raise CommandError(
            f"The server would work as a role that may do too much: {'; '.join(found)}.\n"
            f"Let DATABASE_URL log in as {SERVER_ROLE}, which `manage.py migrate` grants what it needs, and give the "
            "owner's address to `migrate` alone, as READBACK_OWNER_URL (deploy/README.md)."
        )
    if may_sequence():
        with as_sequencer() as alias:
            found = what_the_server_could_too(alias)
        if found:
            raise CommandError(
                f"The log would be ordered by a role that may do too much: {'; '.join(found)}.\n"
                f"Let READBACK_SEQUENCER_URL log in as {SEQUENCER} (deploy/README.md)."
            )


def require_keys() -> None:
    """The key provider wraps and unwraps, and holds the keys that the data was sealed with."""
    found = health()
    if not found.is_good:
        raise CommandError(f"The key provider is not good: {found.words}")


def require_log_key() -> None:
    """There is the key that signs the log: without it what people do is on the record, and nothing proves it."""
    try:
        log_key()
    except ProviderError as exc:
        raise CommandError(f"The log cannot be signed. {exc}") from exc


def require_bus() -> None:
    """Redis answers, where one is named. While it runs, a lost Redis only slows delivery; at start it is a mistake."""
    if not settings.REDIS_URL:
        return
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=REDIS_SECONDS) as client:
            client.ping()
    except (redis.RedisError, ValueError, OSError) as exc:
        raise CommandError(
            f"Redis does not answer: {_first_line(exc)}\n"
            "Check REDIS_URL (redis://host:6379/0 or unix:///path) and that Redis or Valkey runs there. A single "
            "server process needs none: then unset REDIS_URL."
        ) from exc


def require_static_files() -> None:
    """The static files were collected under their digests."""
    storage = settings.STORAGES["staticfiles"]["BACKEND"]
    if storage.startswith("config.") and not (Path(settings.STATIC_ROOT) / "staticfiles.json").exists():
        raise CommandError(
            "The static files are not collected. Run `python manage.py collectstatic --no-input`, then start again."
        )


def _first_line(error: Exception) -> str:
    """What an engine said, on one line and without a password that an address may carry."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return re.sub(r"//[^/@\s]*@", "//...@", lines[0])
