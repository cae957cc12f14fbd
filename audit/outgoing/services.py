"""Takes a search out of the house: 500 events a day alone, more with two officers; on record before anything leaves.

Source: ASVS 5.0 V2.3.5 (two people), V7.5.3 (a factor just shown); docs/decisions/0070.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import PURPOSE, Actor
from accounts.factors.selectors import may_export
from accounts.models import DeviceSession, Person, Role
from audit.disclosures.bases import Basis
from audit.disclosures.services import What, disclose_unnamed
from audit.outgoing.batches import Batch, batches
from audit.outgoing.models import LONGEST_SEARCH, Export, Form
from audit.outgoing.notices import APPROVED, ASKED
from audit.outgoing.writers import WRITERS
from audit.reading import read
from audit.searches import Search
from audit.selectors import require_officer
from handover.patients.budget import officers
from ledger.agents import Entity
from ledger.models import Event
from ledger.services import Detail, record, record_read, record_refusal
from live import keys
from live.inbox import Announcement, Subject, announce
from live.refusals import Conflict, Denied, Invalid, NotFound, SignedOut

ALONE = 500
ALONE_WITHIN = timedelta(days=1)
GOOD_FOR = timedelta(hours=72)
TAKEN_WITHIN = timedelta(hours=24)
# A search that fits little is looked through so many times; what is larger than that is a matter for two.
MOST_LOOKS = 20
EXPORTED, DROPPED = "audit.exported", "audit.export_dropped"
# The fact of an export that nobody else approved: how many events it took.
ALONE_TOLD = "alone"


def how_many(search: Search) -> int | None:
    """How many events fit; None for more than one officer takes out alone, and where too much is to be looked at."""
    found, mark = 0, search.older_than
    for _look in range(MOST_LOOKS):
        page = read(replace(search, older_than=mark), wanted=ALONE + 1 - found)
        found += len(page.events)
        if found > ALONE:
            return None
        if page.next is None:
            return found
        mark = page.next
    return None


def may_take_alone(actor: Actor, search: Search) -> bool:
    """Whether the events, and what this officer took alone within a day, are 500 at most. Raises NotFound to others."""
    require_officer(actor)
    several = how_many(search)
    return several is not None and several + _taken_alone(actor) <= ALONE


def bounded(search: Search) -> Search:
    """The search as it is now: what is recorded from this moment on does not belong to it."""
    now = timezone.now()
    until = min(search.until, now) if search.until else now
    return replace(search, until=until, older_than=None, newer_than=None)


def take_small(actor: Actor, search: Search, form: str) -> Iterator[bytes]:
    """The export of a bounded search, where the officer may take it alone. On record when this returns.

    Raises NotFound to whoever is no officer, Denied within a day after a reset of factors, Invalid for an unknown form,
    Conflict where the search is large, by itself or with what they took within a day.
    """
    _require_may(actor, form)
    several = how_many(search)
    with transaction.atomic():
        # One by one: two sessions at once would each know nothing of what the other takes.
        Person.objects.select_for_update(no_key=True).get(pk=actor.person.pk)
        if several is None or several + _taken_alone(actor) > ALONE:
            words = _("This is more than one officer exports alone. Ask a second one.")
            raise Conflict(words, act=EXPORTED, code="large")
        return _leaving(actor, search, form, {ALONE_TOLD: several})


def _taken_alone(actor: Actor) -> int:
    """How many events this officer has taken out alone within a day, by the record."""
    mine = Event.objects.filter(agent_id=actor.person.pk, event=EXPORTED, outcome="success")
    told = mine.filter(recorded__gt=timezone.now() - ALONE_WITHIN, detail__has_key=ALONE_TOLD)
    return sum(detail[ALONE_TOLD] for detail in told.values_list("detail", flat=True))


@transaction.atomic
def ask(actor: Actor, *, key: UUID, search: Search, form: str) -> Export:
    """The export of a bounded search waits for a second officer. Raises as take_small, but for size."""
    _require_may(actor, form)
    earlier = keys.claim(key, person_id=actor.person.pk, act=ASKED).earlier
    if earlier:
        return Export.objects.get(pk=earlier)
    query = search.query()
    if len(query) > LONGEST_SEARCH:
        raise Invalid(_("This search has too many patients. Export them one by one."), act=ASKED, code="too_long")
    row = Export.objects.create(search=query, form=form, asked_by=actor.person, good_until=timezone.now() + GOOD_FOR)
    keys.settle(key, result_id=row.pk)
    record(ASKED, agent=actor.agent, entity=Entity("export", row.pk), detail=_told(search, form), purpose=PURPOSE)
    others = [person_id for person_id in officers() if person_id != actor.person.pk]
    announce(Announcement(ASKED, others, Subject("export", row.pk)))
    return row


@transaction.atomic
def approve(actor: Actor, *, key: UUID, export_id: UUID) -> None:
    """Whoever asked may take it within a day. Raises NotFound for none that waits, Denied for whoever asked."""
    require_officer(actor)
    if keys.claim(key, person_id=actor.person.pk, act=APPROVED, leads_to=export_id).earlier:
        return
    row = _open(export_id, act=APPROVED)
    # The database refuses it too (outgoing_approved_by_a_second_person).
    if row.asked_by_id == actor.person.pk:
        raise Denied(_("A second officer does this."), code="second_person", act=APPROVED, subject_id=row.pk)
    if row.approved is not None:
        raise NotFound(act=APPROVED, subject_id=export_id)
    row.approved, row.approved_by = timezone.now(), actor.person
    row.good_until = row.approved + TAKEN_WITHIN
    row.save(update_fields=["approved", "approved_by", "good_until"])
    record(APPROVED, agent=actor.agent, entity=Entity("export", row.pk), reason=row.form, purpose=PURPOSE)
    announce(Announcement(APPROVED, [row.asked_by_id], Subject("export", row.pk)))


@transaction.atomic
def drop(actor: Actor, *, key: UUID, export_id: UUID) -> None:
    """It is not wanted any more, approved or not. Raises NotFound for none that is open."""
    require_officer(actor)
    if keys.claim(key, person_id=actor.person.pk, act=DROPPED, leads_to=export_id).earlier:
        return
    row = _open(export_id, act=DROPPED)
    row.dropped = timezone.now()
    row.save(update_fields=["dropped"])
    record(DROPPED, agent=actor.agent, entity=Entity("export", row.pk), purpose=PURPOSE)


def take_approved(actor: Actor, export_id: UUID) -> tuple[Export, Iterator[bytes]]:
    """What a second officer approved, for whoever asked, until it expires. On record when this returns.

    Raises NotFound for none that is approved, that is another's, or that has expired; so does an approval when whoever
    gave it is no officer any more.
    """
    require_officer(actor)
    row = Export.objects.filter(
        pk=export_id,
        asked_by=actor.person,
        approved_by__is_active=True,
        approved_by__role=Role.COMPLIANCE_OFFICER,
        dropped__isnull=True,
        good_until__gt=timezone.now(),
    ).first()
    if row is None:
        raise NotFound(act=EXPORTED, subject_id=export_id)
    _require_may(actor, row.form)
    search = Search.parse(QueryDict(row.search))
    return row, _leaving(actor, search, row.form, {"export": str(row.pk), "approved_by": str(row.approved_by_id)})


def _leaving(actor: Actor, search: Search, form: str, more: Detail) -> Iterator[bytes]:
    """Records the export, then gives the bytes: each batch's patients are on record before the batch is given."""
    told = {**_told(search, form), **more}
    _record_part(actor, told, list(search.patient_ids))
    write, _content_type, _suffix = WRITERS[form]
    # How many it took is told once, or it would be counted with each batch.
    return write(_recorded(actor, search, form, {name: told[name] for name in told if name != ALONE_TOLD}))


def _recorded(actor: Actor, search: Search, form: str, told: Detail) -> Iterator[Batch]:
    given = set(search.patient_ids)
    for number, batch in enumerate(batches(search), 1):
        _require_still_may(actor)
        named = _named_in(batch, form) - given
        if named:
            _record_part(actor, {**told, "part": number}, sorted(named))
        given |= named
        yield batch


def _named_in(batch: Batch, form: str) -> set[UUID]:
    """The patients whom the file names: the table counts those of a list, every other form has the id of each."""
    alone = {event.patient_id for event in batch.events if event.patient_id}
    if form == Form.CSV:
        return alone
    return alone | {one for event in batch.events for one in event.patient_ids or []}


def _require_still_may(actor: Actor) -> None:
    """Raises SignedOut, on record, once the account is closed, the role is gone or the session has ended.

    A large export runs for minutes; nobody looks at who asks between its batches but this.
    """
    sessions = DeviceSession.objects.filter(pk__in=[actor.session_id], ended__isnull=True)
    mine = sessions.filter(person=actor.person, person__is_active=True, person__role=Role.COMPLIANCE_OFFICER)
    if not mine.exists():
        refusal = SignedOut(act=EXPORTED)
        record_refusal(refusal, agent=actor.agent)
        raise refusal


def _record_part(actor: Actor, told: Detail, patient_ids: list[UUID]) -> None:
    record_read(EXPORTED, agent=actor.agent, patient_ids=patient_ids, relationship_ids=[], detail=told, purpose=PURPOSE)
    if patient_ids:
        # To the officer's own desk: whoever hands the file on writes down to whom (audit/disclosures).
        disclose_unnamed(actor, patient_ids, basis=Basis.OPERATIONS, what=What.SEARCH)


def _told(search: Search, form: str) -> dict[str, int | str | list[str]]:
    return {**search.codes(), "form": form}


def _require_may(actor: Actor, form: str) -> None:
    require_officer(actor)
    if form not in Form.values:
        raise Invalid(fields={"form": _("Choose what the export is written as.")}, act=EXPORTED)
    if not may_export(actor.person, at=timezone.now()):
        words = _("Your ways to sign in were reset. You can export again a day after that.")
        raise Denied(words, code="reset_lately", act=EXPORTED)


def _open(export_id: UUID, *, act: str) -> Export:
    rows = Export.objects.select_for_update().filter(pk=export_id, dropped__isnull=True)
    row = rows.filter(good_until__gt=timezone.now()).first()
    if row is None:
        raise NotFound(act=act, subject_id=export_id)
    return row
