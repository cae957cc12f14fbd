"""What a thread is called by one of its readers, and who belongs to it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from handover.messaging import sealed
from handover.messaging.models import Thread, ThreadMember
from handover.patients.documents import Headline
from handover.patients.models import Patient
from handover.patients.sealed import headline_in
from handover.patients.wording import born_words, full_name
from live.statements import Statement
from vault.services import prepare


@dataclass(frozen=True)
class Title:
    """`words` is what it is called; `ids` the birth date and record number, where it is of a patient."""

    words: str
    ids: str = ""
    severity: str = ""


def titles(threads: Sequence[Thread], *, reader_id: UUID) -> dict[UUID, Title]:
    """By thread id, as this person reads them. Not audited: whoever asks has recorded whose name it shows."""
    called = Titles(threads)
    return {thread.pk: called.of(thread, reader_id) for thread in threads}


class Titles:
    """What these threads are called, by whoever reads them. Three queries at most, for any number of readers.

    `names` are those of whom they are called by, by id, where the caller has them.
    """

    def __init__(self, threads: Collection[Thread], *, names: Mapping[str, str] | None = None) -> None:
        prepare({sealed.scope_of(thread) for thread in threads})
        patients = [thread.patient_id for thread in threads if thread.patient_id]
        blobs = Patient.objects.filter(pk__in=patients).values_list("pk", "sealed_headline") if patients else []
        self._headlines = {patient_id: headline_in(patient_id, blob) for patient_id, blob in blobs}
        self._names = names if names is not None else _names(threads)
        self._alike: dict[UUID, Title] = {}

    def of(self, thread: Thread, reader_id: UUID) -> Title:
        """For this reader: one between two, or with a role, is called otherwise by each; the others alike by all."""
        if thread.kind in (Thread.Kind.DIRECT, Thread.Kind.ROLE):
            return _title(thread, self._headlines, self._names, reader_id)
        if thread.pk not in self._alike:
            self._alike[thread.pk] = _title(thread, self._headlines, self._names, reader_id)
        return self._alike[thread.pk]


def members_of(thread: Thread) -> list[dict[str, str]]:
    """Who is told of what is said, by name: plain JSON, the same for every reader."""
    rows = ThreadMember.objects.filter(thread=thread, until__isnull=True, person__is_active=True)
    people = rows.order_by("person__display_name", "person_id").values_list("person_id", "person__display_name")
    return [{"id": str(person_id), "name": name} for person_id, name in people]


# Every screen that a message reaches asks for them.
_NAMES = Statement("SELECT id, display_name FROM accounts_person WHERE id = ANY(%s::uuid[])")


def _names(threads: Collection[Thread]) -> dict[str, str]:
    """Of whom a thread is called by: who opened one with a role, and both of a thread between two."""
    ids = {str(thread.opened_by_id) for thread in threads if thread.kind == Thread.Kind.ROLE}
    for thread in threads:
        ids |= {each for each in (thread.between or "").split(":") if each}
    return {str(person_id): name for person_id, name in _NAMES.all([list(ids)])} if ids else {}


def _title(thread: Thread, headlines: Mapping[UUID, Headline], names: Mapping[str, str], reader_id: UUID) -> Title:
    if thread.patient_id:
        found = headlines.get(thread.patient_id)
        if found is None:
            return Title(_("A patient"))
        return Title(
            full_name(found), f"{born_words(found.birth_date)} · {found.record_number}", found.illness_severity or ""
        )
    if thread.role is not None:
        role = _("%(role)s, %(unit)s") % {"role": thread.role.name, "unit": thread.role.unit.name}
        if thread.opened_by_id == reader_id:
            return Title(role)
        return Title(_("%(name)s to %(role)s") % {"name": names.get(str(thread.opened_by_id), ""), "role": role})
    if thread.between:
        other = next((each for each in thread.between.split(":") if each != str(reader_id)), "")
        return Title(names.get(other, ""))
    return Title(sealed.title_of(thread))
