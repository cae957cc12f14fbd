"""How many different patients a person opens on one day: counted where a page shows one, told of, and stopped.

What counts is a patient whose page was opened, once a day however often they look; a row of a list does not, or a
large ward would be over before the round. Nobody is stopped from a patient whom they opened today, from one who is
theirs by a row of their own (responsible, a handover to or by them), nor by emergency access: the budget is against
whoever walks through a hospital's records, and never against care. docs/decisions/0062.
"""

from collections.abc import Collection
from datetime import date
from enum import Enum
from math import ceil
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.models import Person, Role
from handover.patients.models import AccessAlert, CareRelationship, Opening, PersonDay
from handover.patients.team.rules import PARTS
from ledger import services as ledger
from ledger.agents import Entity
from live.inbox import Announcement, Subject, announce
from live.refusals import Conflict
from live.statements import Statement

ALERT_AT = 0.8
# So many emergencies without a patient in one day are a search for one who is there.
MOST_MISSES = 5


class Verdict(Enum):
    """What becomes of one more patient."""

    WITHIN = "within"
    NEAR = "near"
    SPENT = "spent"
    STOPPED = "stopped"


def judged(opened: int, *, limit: int, is_own: bool) -> Verdict:
    """What becomes of the `opened`-th different patient of a day. `is_own`: the row that lets them in is their own."""
    if opened > limit:
        return Verdict.WITHIN if is_own else Verdict.STOPPED
    if opened == limit:
        return Verdict.SPENT
    return Verdict.NEAR if opened == ceil(limit * ALERT_AT) else Verdict.WITHIN


# The day's row is locked by what adds to it: two pages that are opened at once come one after the other.
_COUNT = Statement("""
WITH fresh AS (
    INSERT INTO patients_opening (person_id, day, patient_id) VALUES (%s::uuid, %s::date, %s::uuid)
    ON CONFLICT DO NOTHING RETURNING person_id, day
)
INSERT INTO patients_personday (person_id, day, opened, missed) SELECT person_id, day, 1, 0 FROM fresh
ON CONFLICT (person_id, day) DO UPDATE SET opened = patients_personday.opened + 1
RETURNING opened
""")
# The same for several at once: how many are counted now, and how many of them are fresh.
_COUNT_MANY = Statement("""
WITH fresh AS (
    INSERT INTO patients_opening (person_id, day, patient_id)
    SELECT %s::uuid, %s::date, unnest(%s::uuid[])
    ON CONFLICT DO NOTHING RETURNING person_id, day
), counted AS (SELECT person_id, day, count(*)::int AS many FROM fresh GROUP BY person_id, day)
INSERT INTO patients_personday (person_id, day, opened, missed) SELECT person_id, day, many, 0 FROM counted
ON CONFLICT (person_id, day) DO UPDATE SET opened = patients_personday.opened + EXCLUDED.opened
RETURNING opened, (SELECT many FROM counted)
""")
_MISS = Statement("""
INSERT INTO patients_personday (person_id, day, opened, missed) VALUES (%s::uuid, %s::date, 0, 1)
ON CONFLICT (person_id, day) DO UPDATE SET missed = patients_personday.missed + 1
RETURNING missed
""")


def spend(actor: Actor, relationship: CareRelationship) -> CareRelationship:
    """The patient counts as opened by this person today, in the transaction of the read; the row that lets them in.

    That is `relationship`, or past the limit a row of their own: their unit's is named before it while both would do.
    Officers are told at four fifths of the day's budget and when it is spent. Raises Conflict for one patient more.
    """
    today = timezone.localdate()
    counted = _COUNT.first([actor.person.pk, today, relationship.patient_id])
    if counted is None:
        return relationship
    limit = settings.PATIENTS_A_DAY
    own = relationship if relationship.person_id and relationship.reason not in PARTS else None
    if own is None and counted[0] > limit:
        own = own_row(actor, relationship.patient_id)
    verdict = judged(counted[0], limit=limit, is_own=own is not None)
    if verdict is Verdict.STOPPED:
        raise Conflict(_words(limit), code="budget", act="patient.read", patient_id=relationship.patient_id)
    _tell(actor, verdict, day=today, count=counted[0])
    return own or relationship


def count_own(actor: Actor, patient_ids: Collection[UUID]) -> None:
    """Patients of their own, shown whole on one page, count as opened today. They stop nobody; officers are told."""
    if not patient_ids:
        return
    today, limit = timezone.localdate(), settings.PATIENTS_A_DAY
    counted = _COUNT_MANY.first([actor.person.pk, today, sorted(patient_ids)])
    if counted is None:
        return
    opened, fresh = counted
    for each in range(opened - fresh + 1, opened + 1):
        _tell(actor, judged(each, limit=limit, is_own=True), day=today, count=each)


def own_row(actor: Actor, patient_id: UUID) -> CareRelationship | None:
    """The live row of the person's own that lets them see the patient, if there is one.

    None for whoever is only named to the care team: a colleague's tap, or one's own, would lift the limit.
    """
    rows = CareRelationship.objects.filter(patient_id=patient_id, person=actor.person).exclude(reason__in=PARTS)
    return rows.now().order_by("begins").first()


def would_stop(actor: Actor, patient_id: UUID) -> bool:
    """Whether the day's budget keeps this person from this patient, whom their unit has."""
    if opened_today(actor.person) < settings.PATIENTS_A_DAY or own_row(actor, patient_id):
        return False
    return not Opening.objects.filter(person=actor.person, day=timezone.localdate(), patient_id=patient_id).exists()


def _tell(actor: Actor, verdict: Verdict, *, day: date, count: int) -> None:
    if verdict is Verdict.NEAR:
        alert(actor, AccessAlert.Kind.BUDGET_NEAR, day=day, count=count)
    if verdict is Verdict.SPENT:
        alert(actor, AccessAlert.Kind.BUDGET_SPENT, day=day, count=count)


def miss(actor: Actor, kind: AccessAlert.Kind) -> None:
    """Two identifiers fitted nobody: counted, and told to the officers as `kind` when it happens again and again."""
    today = timezone.localdate()
    counted = _MISS.only([actor.person.pk, today])
    if counted[0] == MOST_MISSES:
        alert(actor, kind, day=today, count=counted[0])


def count_card(actor: Actor, patient_id: UUID) -> None:
    """A card was shown: counted as a page is. Raises Conflict past the day's budget; no row is an agent's own."""
    today, limit = timezone.localdate(), settings.PATIENTS_A_DAY
    counted = _COUNT.first([actor.person.pk, today, patient_id])
    if counted is None:
        return
    verdict = judged(counted[0], limit=limit, is_own=False)
    if verdict is Verdict.STOPPED:
        words = _("You have seen as many cards as one day allows. Ask the compliance office to look at it with you.")
        raise Conflict(words, code="budget", act="card.read", patient_id=patient_id)
    _tell(actor, verdict, day=today, count=counted[0])


def missed_today(person: Person) -> int:
    """How often two identifiers of theirs fitted nobody today."""
    row = PersonDay.objects.filter(person=person, day=timezone.localdate()).first()
    return row.missed if row else 0


def opened_today(person: Person) -> int:
    """How many different patients the person has opened today."""
    row = PersonDay.objects.filter(person=person, day=timezone.localdate()).first()
    return row.opened if row else 0


def alert(actor: Actor, kind: AccessAlert.Kind, *, day: date, count: int) -> None:
    """An officer is told, now and on the list, once a day and kind. In the caller's transaction."""
    row, is_new = AccessAlert.objects.get_or_create(kind=kind, person=actor.person, day=day, defaults={"count": count})
    if not is_new:
        return
    ledger.record(
        "access.alerted",
        agent=actor.agent,
        entity=Entity("access_alert", row.pk),
        purpose="HOPERAT",
        reason=kind.value,
        detail={"count": count},
    )
    announce(Announcement("access.alerted", officers(), Subject("access_alert", row.pk)))


def officers() -> list[UUID]:
    """Every compliance officer who works here, by id."""
    rows = Person.objects.filter(role=Role.COMPLIANCE_OFFICER, is_active=True)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def _words(limit: int) -> str:
    words = _(
        "You have opened %(limit)d different patients today, which is as many as one day allows. Those whom you opened"
        " today, and those who are yours, stay open. For anybody else use emergency access, or ask the compliance"
        " office to look at it with you."
    )
    return words % {"limit": limit}
