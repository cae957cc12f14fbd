"""Sending a page: who is to come, how soon, and why; the first step fires in the same transaction."""

from dataclasses import dataclass
from uuid import UUID, uuid4

from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.models import CLINICAL_ROLES, Person, Unit
from accounts.visible import visible
from handover.duty.models import PractitionerRole
from handover.duty.selectors import live_roles
from handover.paging import rules
from handover.paging.documents import PART_LENGTH, Sbar
from handover.paging.models import PAGED_LEVELS, Page
from handover.paging.rules import Level, Policy
from handover.paging.sealed import seal_sbar
from handover.paging.selectors.policies import policy_of
from handover.paging.services import climbing
from handover.paging.services.ground import SCORE, Held, climbed_of, note
from handover.patients import access
from handover.patients.acts import again
from handover.patients.bedside import role_at_bed
from handover.patients.mistaken import require_year_of_birth
from handover.patients.models import CareRelationship
from handover.reach.services import hush
from handover.transfers.services.acts import Act, opening
from live.clock import database_now
from live.inbox import Announcement, Subject
from live.refusals import Invalid

SENT = climbing.SENT
PARTS = ("situation", "background", "assessment", "recommendation")


@dataclass(frozen=True)
class Wanted:
    """A page as it is filled in: to a role or to a person, at a level, with its words. `cause`: what proposed it."""

    level: str
    words: dict[str, str]
    role_id: UUID | None = None
    person_id: UUID | None = None
    cause: str = Page.Cause.BY_HAND
    cause_id: UUID | None = None
    # It rings at any hour, whoever it goes to.
    is_raised: bool = False
    # Asked for where somebody in the unit is easily taken for the patient.
    year_of_birth: str = ""


def send_page(actor: Actor, *, key: UUID, patient_id: UUID, wanted: Wanted) -> Page:
    """The page, with its first step fired: whoever that is has it in their inbox when this returns.

    Where no step means anybody the page is here all the same, and says "nobody was reached" to its sender. Raises
    NotFound for a patient who is not theirs, Invalid for a level, a receiver or words that will not do, and where the
    patient is easily taken for another and the year of birth was not typed (handover/patients/mistaken.py).
    """
    with opening(actor, key=key, event=SENT) as act:
        if act.earlier is not None:
            return again(act, Page.objects.filter(patient_id=patient_id))
        granted = access.patient_for(actor, patient_id, act=SENT)
        sbar = _sbar(wanted, patient_id)
        page, policy = page_of(act, patient_id, wanted)
        require_year_of_birth(actor, patient_id, wanted.year_of_birth, act=SENT)
        put_out(act, page, policy, sbar, granted.relationship)
    return page


def put_out(act: Act, page: Page, policy: Policy, sbar: Sbar, relationship: CareRelationship, **detail: str) -> None:
    """The page is there with its words, on the record, and its first step has fired: what every page by hand ends with.

    In the act's transaction. What the score of the patient rings about rings no more.
    """
    page.sealed, digest = seal_sbar(page.pk, page.patient_id, sbar)
    page.save(force_insert=True)
    hush(Subject(SCORE, page.patient_id))
    note(act, Held(page, policy, climbed_of(page), relationship), digest=digest, cause=page.cause, **detail)
    act.tell_also(begin(page, policy))
    act.settle(page.pk)


def begin(page: Page, policy: Policy) -> list[Announcement]:
    """The first step of a page that was just made fires; what is to be told. In the act's transaction."""
    at = database_now()
    meant = climbing.meaning(page, policy, at=at)
    move = rules.begin(policy, at=at, resolved=meant.resolved())
    return climbing.climb(page, policy, move, meant)


def page_of(act: Act, patient_id: UUID, wanted: Wanted) -> tuple[Page, Policy]:
    """The page that is wanted, without its words and not in the database yet, and the steps of its unit.

    Raises Invalid where whoever it is to go to is not there.
    """
    role, person = _role(wanted, patient_id), _person(wanted, act.actor, patient_id)
    unit = role.unit if role else _unit_of(act.actor, person, patient_id)
    policy = policy_of(unit.pk, Level(wanted.level))
    page = Page(
        id=uuid4(),
        patient_id=patient_id,
        unit=unit,
        role=role,
        follows_patient=_is_their_bed(role, patient_id),
        to_person=person,
        level=wanted.level,
        cause=wanted.cause,
        cause_id=wanted.cause_id,
        is_raised=wanted.is_raised,
        steps=rules.as_json(policy),
        sent_by=act.actor.person,
        sent=act.now,
    )
    return page, policy


def _is_their_bed(role: PractitionerRole | None, patient_id: UUID) -> bool:
    """Whether the page goes to the nurse for the bed of this patient, and not for the one beside it."""
    theirs = role_at_bed(patient_id) if role is not None and role.bed else None
    return role is not None and theirs is not None and theirs.pk == role.pk


def _sbar(wanted: Wanted, patient_id: UUID) -> Sbar:
    """The words without what hides or turns text. Raises Invalid, with what is wrong at each field."""
    words = {name: visible(wanted.words.get(name, "")).strip() for name in PARTS}
    fields = {
        name: _("At most %(count)s characters: it is read at a glance.") % {"count": PART_LENGTH}
        for name, text in words.items()
        if len(text) > PART_LENGTH
    }
    if not words["situation"]:
        fields["situation"] = _("Say in one line what is wrong.")
    if wanted.level not in PAGED_LEVELS:
        fields["level"] = _("Choose how soon somebody has to answer.")
    call_back = visible(wanted.words.get("call_back", "")).strip()[:300]
    if fields:
        raise Invalid(fields=fields, act=SENT, patient_id=patient_id)
    return Sbar(**words, call_back=call_back)


def _role(wanted: Wanted, patient_id: UUID) -> PractitionerRole | None:
    if wanted.role_id is None:
        return None
    role = live_roles().select_related("covered_by").filter(pk=wanted.role_id).first()
    if role is None:
        words = _("This role is there no longer. Choose another.")
        raise Invalid(fields={"to": words}, code="no_role", act=SENT, patient_id=patient_id)
    return role


def _person(wanted: Wanted, actor: Actor, patient_id: UUID) -> Person | None:
    if wanted.role_id is not None:
        return None
    people = Person.objects.filter(is_active=True, role__in=CLINICAL_ROLES).exclude(pk=actor.person.pk)
    person = people.filter(pk=wanted.person_id).first() if wanted.person_id else None
    if person is None:
        words = _("Choose a role, or a colleague who works here.")
        raise Invalid(fields={"to": words}, code="no_receiver", act=SENT, patient_id=patient_id)
    return person


def _unit_of(actor: Actor, person: Person | None, patient_id: UUID) -> Unit:
    """Whose policy a page to a person climbs by: the unit the sender works in, else one of that person's."""
    units = Unit.objects.filter(pk=actor.unit_id) if actor.unit_id else Unit.objects.none()
    found = units.first() or Unit.objects.filter(memberships__person__in=[actor.person, person]).order_by("pk").first()
    if found is None:
        words = _("Choose a role: a page to one person needs a unit that it climbs in.")
        raise Invalid(fields={"to": words}, code="no_unit", act=SENT, patient_id=patient_id)
    return found
