"""What two administrators decide together: one asks, another approves, and nobody does so about themselves.

Source: ASVS 5.0 V2.3.5. docs/decisions/0064.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID, uuid4

from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import services as accounts
from accounts.actors import PURPOSE, Actor
from accounts.factors import rules
from accounts.factors import selectors as factors
from accounts.models import Person, Role
from accounts.people import returning
from accounts.people.models import Approval
from accounts.people.selectors import require_administrator
from ledger.agents import Entity
from ledger.services import record
from live import keys
from live.refusals import Conflict, Denied, Invalid, NotFound

GOOD_FOR = timedelta(hours=72)
KEY_TURN_WITHIN = timedelta(hours=24)
# Why keys may be turned by one who holds the shell, without administrators.
Alone = Literal["emergency", "too_few_administrators"]
ASKED, APPROVED, DROPPED = "approval.asked", "approval.given", "approval.dropped"


@transaction.atomic
def ask_for_role(actor: Actor, *, key: UUID, person_id: UUID, role: str) -> Approval | None:
    """The change of role that waits for a second administrator; None when they have that role already.

    One that waits already is replaced. Raises NotFound for nobody and to whoever is no administrator, Conflict for
    oneself, Invalid for an unknown role.
    """
    require_administrator(actor)
    claim = keys.claim(key, person_id=actor.person.pk, act=ASKED, leads_to=person_id)
    if claim.earlier:
        return None
    person = Person.objects.select_for_update().filter(pk=person_id, is_active=True).first()
    if person is None:
        raise NotFound(act=ASKED, subject_id=person_id)
    if person.pk == actor.person.pk:
        raise Conflict(_("Nobody does this to themselves. Ask another administrator."), act=ASKED, code="own_person")
    if role not in Role.values:
        raise Invalid(fields={"role": _("Choose a role.")}, act=ASKED)
    if role == person.role:
        return None
    _require_can_show(person, role)
    waiting().filter(kind=Approval.Kind.ROLE, person=person).update(dropped=timezone.now())
    return _ask(actor, kind=Approval.Kind.ROLE, person=person, role=role)


@transaction.atomic
def ask_for_return(actor: Actor, *, key: UUID, person_id: UUID, works_until: datetime | None = None) -> None:
    """That an administrator or officer works here again waits for a second administrator. Raises as bring_back does."""
    require_administrator(actor)
    if keys.claim(key, person_id=actor.person.pk, act=ASKED, leads_to=person_id).earlier:
        return
    person = returning.leaver(person_id)
    returning.renew(person, works_until)
    if not waiting().filter(kind=Approval.Kind.RETURN, person=person).exists():
        _ask(actor, kind=Approval.Kind.RETURN, person=person, role=person.role)


@transaction.atomic
def ask_for_key_turn(actor: Actor, *, key: UUID) -> None:
    """`manage.py vault rotate` waits for a second administrator. Raises NotFound to whoever is no administrator."""
    require_administrator(actor)
    claim = keys.claim(key, person_id=actor.person.pk, act=ASKED, leads_to=actor.person.pk)
    if claim.earlier:
        return
    if not waiting().filter(kind=Approval.Kind.KEY_TURN).exists():
        _ask(actor, kind=Approval.Kind.KEY_TURN)


@transaction.atomic
def approve(actor: Actor, *, key: UUID, approval_id: UUID) -> None:
    """It is done (a role, a return), or may be done once within a day (the keys).

    Raises NotFound for none that waits and to whoever is no administrator; Denied for whoever asked, and for the person
    whom it is about.
    """
    require_administrator(actor)
    if keys.claim(key, person_id=actor.person.pk, act=APPROVED, leads_to=approval_id).earlier:
        return
    row = _waiting(approval_id, act=APPROVED)
    if actor.person.pk in {row.asked_by_id, row.person_id}:
        raise Denied(_("A second administrator does this."), code="second_person", act=APPROVED, subject_id=row.pk)
    if not _is_administrator_still(row.asked_by_id):
        words = _("Whoever asked for this is no administrator any more. Drop it, and ask anew.")
        raise Conflict(words, code="asker_gone", act=APPROVED, subject_id=row.pk)
    row.approved, row.approved_by = timezone.now(), actor.person
    row.save(update_fields=["approved", "approved_by"])
    _record(actor, APPROVED, row)
    if row.kind == Approval.Kind.RETURN and row.person_id:
        returning.let_back(returning.leaver(row.person_id), actor=actor)
    elif row.person:
        _require_can_show(row.person, row.role)
        accounts.change_role(actor, key=uuid4(), person_id=row.person.pk, role=row.role)


@transaction.atomic
def drop(actor: Actor, *, key: UUID, approval_id: UUID) -> None:
    """It is not wanted any more. Raises NotFound for none that waits and to whoever is no administrator."""
    require_administrator(actor)
    if keys.claim(key, person_id=actor.person.pk, act=DROPPED, leads_to=approval_id).earlier:
        return
    row = _waiting(approval_id, act=DROPPED)
    row.dropped = timezone.now()
    row.save(update_fields=["dropped"])
    _record(actor, DROPPED, row)


@transaction.atomic
def begin_key_turn() -> None:
    """The approved turning of the keys begins, and is used up by that. Raises Conflict where none was approved."""
    since = timezone.now() - KEY_TURN_WITHIN
    rows = Approval.objects.select_for_update().filter(kind=Approval.Kind.KEY_TURN, used__isnull=True)
    row = rows.filter(approved__gt=since).order_by("approved").first()
    if row is None:
        words = _("Two administrators approve this first: one asks under People, Needs two, another approves.")
        raise Conflict(words, code="second_person", act="key.turned")
    row.used = timezone.now()
    row.save(update_fields=["used"])
    record("key.turned", agent=None, entity=Entity("approval", row.pk), purpose=PURPOSE)


@transaction.atomic
def begin_key_turn_alone(why: str) -> None:
    """Keys are turned by whoever holds the shell, without a second person: on record, with why that was so."""
    record("key.turned_alone", agent=None, purpose=PURPOSE, reason=why)


def waiting() -> models.QuerySet[Approval]:
    """What waits for a second administrator now, whoever asks."""
    return Approval.objects.filter(approved__isnull=True, dropped__isnull=True, good_until__gt=timezone.now())


def waiting_for(actor: Actor) -> Sequence[Approval]:
    """The same with names, the oldest first. Raises NotFound to whoever is no administrator."""
    require_administrator(actor)
    return list(waiting().select_related("person", "asked_by").order_by("asked"))


def _ask(actor: Actor, *, kind: str, person: Person | None = None, role: str = "") -> Approval:
    # One that ran out makes room for the next.
    ran_out = Approval.objects.filter(kind=kind, person=person, approved__isnull=True, dropped__isnull=True)
    ran_out.filter(good_until__lte=timezone.now()).update(dropped=timezone.now())
    row = Approval(kind=kind, person=person, role=role, asked_by=actor.person, good_until=timezone.now() + GOOD_FOR)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as exc:  # somebody asked for the same in this very instant
        raise Conflict(code="asked_already", act=ASKED) from exc
    _record(actor, ASKED, row)
    return row


def _waiting(approval_id: UUID, *, act: str) -> Approval:
    row = waiting().select_for_update().filter(pk=approval_id).first()
    if row is None:
        raise NotFound(act=act, subject_id=approval_id)
    return row


def _require_can_show(person: Person, role: str) -> None:
    """Raises Conflict where the role asks for a passkey that they do not have while they have another factor.

    They could show nothing that is enough for it, and add nothing beside what they have: they would be shut out.
    """
    held = factors.held_by(person)
    needs_more = rules.needs_bound_passkey(role) and not rules.needs_bound_passkey(person.role)
    if needs_more and not held.is_empty and all(key.backup_eligible for key in held.passkeys):
        words = _("That role signs in with a passkey that stays on one device. They add one under Me first.")
        raise Conflict(words, code="no_bound_passkey", act=ASKED, subject_id=person.pk)


def _is_administrator_still(person_id: UUID) -> bool:
    return Person.objects.filter(pk=person_id, is_active=True, role=Role.ADMINISTRATOR).exists()


def _record(actor: Actor, event: str, row: Approval) -> None:
    about = Entity("person", row.person_id) if row.person_id else Entity("approval", row.pk)
    record(event, agent=actor.agent, entity=about, reason=row.role or row.kind, purpose=PURPOSE)
