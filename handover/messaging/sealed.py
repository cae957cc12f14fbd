"""How words of a thread lie in the database: under the patient's key, or the thread's where it is of no patient.

A patient's thread is part of their record and goes with it: destroying the patient's key erases what was written.
"""

from collections.abc import Sequence

from django.db.models import Model

from handover.messaging.documents import SentFile, Text
from handover.messaging.models import Message, Revision, Thread
from vault.documents import seal_digested, unseal_document
from vault.services import Place, Scope, unseal


def scope_of(thread: Thread) -> Scope:
    """Whose key seals what is said here."""
    return Scope.patient(thread.patient_id) if thread.patient_id else Scope.thread(thread.pk)


def seal_text(
    row: Model, field: str, text: str, *, thread: Thread, files: Sequence[SentFile] = ()
) -> tuple[bytes, str]:
    """The words, sealed for this column of this row, and their digest in hex: the log holds it of what was said.

    `files` went with them, and are under the same digest by their own.
    """
    return seal_digested(Text(text=text, files=tuple(files)), scope=scope_of(thread), place=_place(row, field))


def digested_of(row: Message | Revision, *, thread: Thread) -> bytes:
    """The bytes of a message or of one of its edits that were sealed and digested. Not audited."""
    return unseal(row.sealed or b"", scope=scope_of(thread), place=_place(row, "sealed"))


def text_of(row: Message | Revision, *, thread: Thread) -> str:
    """The words of a message as it was sent, or of one of its edits. Not audited."""
    if row.sealed is None:
        return ""
    return unseal_document(Text, row.sealed, scope=scope_of(thread), place=_place(row, "sealed")).text


def title_of(thread: Thread) -> str:
    """The title of a group, "" for every other thread. Not audited."""
    if thread.sealed_title is None:
        return ""
    return unseal_document(Text, thread.sealed_title, scope=scope_of(thread), place=_place(thread, "sealed_title")).text


def _place(row: Model, field: str) -> Place:
    return Place(model=row._meta.label, field=field, row=row.pk)
