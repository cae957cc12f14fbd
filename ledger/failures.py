"""Keeps the vault's failures: `vault.failed`, on a connection apart, so that no rollback can undo it.

Somebody who tampers with a sealed value causes an error, and an error rolls the reader's transaction back. The event
must not go with it.
"""

from ledger.services import run_apart
from vault.apart import cursor_apart
from vault.failures import Failure


def record_vault_failure(failure: Failure) -> None:
    """The failure is on record, whatever becomes of the caller's transaction."""
    detail: dict[str, int | str | list[str]] = {"act": failure.act, "scope": failure.scope.kind}
    if failure.place:
        detail |= {"model": failure.place.model, "field": failure.place.field, "row": str(failure.place.row)}
    patient_id = failure.scope.id if failure.scope.kind == "patient" else None
    with cursor_apart() as cursor:
        run_apart(cursor, "vault.failed", reason=failure.code, patient_id=patient_id, detail=detail)
