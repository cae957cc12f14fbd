"""Tells the log of every failure. Vault knows no log: the ledger registers itself here when the application starts."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from django.db import Error as DatabaseError

from vault.errors import VaultError
from vault.scopes import Place, Scope

logger = logging.getLogger("readback.vault")


@dataclass(frozen=True)
class Failure:
    """What failed, in codes and ids."""

    act: str
    code: str
    scope: Scope
    place: Place | None = None


Recorder = Callable[[Failure], None]
_recorders: list[Recorder] = []


def set_recorder(recorder: Recorder) -> None:
    """From now on `recorder` is told of each failure. It must write so that the caller's rollback cannot undo it."""
    _recorders[:] = [recorder]


def tell(error: VaultError, *, act: str, scope: Scope, place: Place | None = None) -> None:
    """The failure is on record, or at least in the process's log when the record cannot be written.

    A database that cannot be reached must not hide the failure itself: the caller still raises it.
    """
    failure = Failure(act=act, code=error.code, scope=scope, place=place)
    logger.error("vault.failed %s %s scope=%s:%s", act, error.code, scope.kind, scope.id)
    for recorder in _recorders:
        try:
            recorder(failure)
        except DatabaseError:
            logger.exception("vault.failed could not be recorded: %s %s", act, error.code)
