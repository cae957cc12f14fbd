"""What a directory changes: the acts of accounts/services.py, and making and renaming a person.

Nobody is deleted: what a person did stays theirs, so DELETE and active=false both disable. What a directory has no say
in is refused whole, and on the record: docs/decisions/0054.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from scim2_models import (
    Group,
    InvalidValueException,
    MutabilityException,
    UniquenessException,
    User,
)

from accounts.actors import PURPOSE, Actor
from accounts.models import Membership, Person, Unit
from accounts.people.returning import BACK, let_back
from accounts.scim.models import DirectoryEntry
from accounts.services import change_memberships, change_role, disable_person
from accounts.sso.services import link
from accounts.visible import visible
from ledger.agents import Entity
from ledger.services import record
from live.refusals import Conflict, Denied

# As the columns are.
LONGEST = {"email": 254, "display_name": 120, "credentials": 60, "phone": 40}
LONGEST_NAME = 255


@transaction.atomic
def create_user(actor: Actor, wanted: User[Any]) -> Person:
    """The new person, who has no password. Raises a SCIMException for a taken userName or externalId, or no role."""
    role = _role_of(wanted, held="")
    if role is None:
        raise InvalidValueException(detail=_one_of())
    facts = _facts_of(wanted)
    _require_free(None, wanted)
    try:
        with transaction.atomic():
            person = Person.objects.create_person(facts.pop("email"), None, role=role, **facts)
    except IntegrityError as exc:
        raise UniquenessException(detail="This userName is taken.") from exc
    record("person.created", agent=actor.agent, entity=Entity("person", person.pk), reason=role, purpose=PURPOSE)
    _name_in_directory(person, wanted.external_id)
    _link(actor, person, wanted.external_id)
    if wanted.active is False:
        disable_person(actor, key=uuid4(), person_id=person.pk)
    return person


@transaction.atomic
def change_user(actor: Actor, person: Person, wanted: User[Any]) -> None:
    """The person is as `wanted` says. Sessions end where an act of accounts/services.py ends them.

    Raises a SCIMException for what cannot be, and Denied where a directory has no say (_require_in_reach).
    """
    _require_free(person, wanted)
    changed = _changes(person, wanted)
    if not changed:
        return
    _require_in_reach(actor, [person])
    facts = {name: value for name, value in changed.items() if name in LONGEST}
    if facts:
        Person.objects.filter(pk=person.pk).update(**facts)
        about, names = Entity("person", person.pk), sorted(facts)
        record("person.changed", agent=actor.agent, entity=about, purpose=PURPOSE, detail={"fields": names})
    _name_in_directory(person, wanted.external_id)
    if "role" in changed:
        change_role(actor, key=uuid4(), person_id=person.pk, role=changed["role"])
    if changed.get("is_active") is False:
        disable_person(actor, key=uuid4(), person_id=person.pk)
    elif changed.get("is_active"):
        _enable(actor, person)


@transaction.atomic
def change_members(actor: Actor, unit: Unit, wanted: Group) -> None:
    """Who belongs to the unit is who `wanted` names; each whose units changed signs in anew.

    Raises a SCIMException for somebody who is not here, and where the unit's own name would change; Denied where
    somebody would come or go in whom a directory has no say.
    """
    if wanted.display_name != unit.name:
        raise MutabilityException(detail="A unit's name is changed in Readback, not by a directory.")
    people = {_id(member.value) for member in wanted.members or []}
    if Person.objects.filter(pk__in=people).count() != len(people):
        raise InvalidValueException(detail="A member is not here.")
    before = set(Membership.objects.filter(unit=unit).values_list("person_id", flat=True))
    _require_in_reach(actor, Person.objects.select_for_update().filter(pk__in=people ^ before).order_by("pk"))
    for person_id in sorted(people ^ before):
        units = set(Membership.objects.filter(person_id=person_id).values_list("unit_id", flat=True))
        units ^= {unit.pk}
        change_memberships(actor, key=uuid4(), person_id=person_id, unit_ids=units)


def _require_in_reach(actor: Actor, people: Iterable[Person]) -> None:
    """Raises Denied for people of a role that a directory may not give, and for whoever answers for its token.

    By a name, an address or a unit as well as by a role: who signs in by another's address acts with their role.
    """
    for person in people:
        if person.role not in settings.SCIM_ROLES or person.pk == actor.person.pk:
            words = _("A directory changes nothing of this person. An administrator does, in Readback.")
            raise Denied(words, code="scim_reach", act="person.changed", subject_id=person.pk)


def _changes(person: Person, wanted: User[Any]) -> dict[str, Any]:
    """What would be another than it is: columns of the person, and "external_id". Raises a SCIMException."""
    entry = getattr(person, "directory_entry", None)
    held = {name: getattr(person, name) for name in (*LONGEST, "role", "is_active")}
    held["external_id"] = entry.external_id if entry else ""
    told: dict[str, Any] = {
        **_facts_of(wanted),
        "role": _role_of(wanted, held=person.role),
        "is_active": wanted.active,
        "external_id": wanted.external_id or "",
    }
    # What a directory leaves out stays as it is; but no `externalId` is none.
    return {name: value for name, value in told.items() if value is not None and value != held[name]}


def _enable(actor: Actor, person: Person) -> None:
    try:
        let_back(person, actor=actor)
    except Conflict as refusal:
        words = _("Their time here is over. An administrator gives them a new end, in Readback.")
        raise Denied(words, code="engagement_over", act=BACK, subject_id=person.pk) from refusal


def _facts_of(wanted: User[Any]) -> dict[str, str]:
    email = (wanted.user_name or "").strip().lower()
    try:
        validate_email(email)
    except ValidationError as exc:
        raise InvalidValueException(detail="userName must be an e-mail address.") from exc
    facts = {
        "email": email,
        "display_name": visible(_display_name(wanted)) or email,
        "credentials": wanted.title or "",
        "phone": next((one.value or "" for one in wanted.phone_numbers or []), ""),
    }
    # A mark that turns the rest of a line round makes one colleague look like another.
    facts |= {name: visible(facts[name]) for name in ("display_name", "credentials", "phone")}
    for name, value in facts.items():
        if len(value) > LONGEST[name] or "\x00" in value:
            raise InvalidValueException(detail=f"Too long: {name}.")
    return facts


def _display_name(wanted: User[Any]) -> str:
    name = wanted.name
    parts = [name.given_name, name.family_name] if name else []
    return wanted.display_name or (name.formatted if name else "") or " ".join(part for part in parts if part)


def _role_of(wanted: User[Any], *, held: str) -> str | None:
    """The one role that is named; None when none is.

    Raises InvalidValueException for two, and for one that a directory may not give; `held` is the person's already.
    """
    named = {(one.value or "").strip().lower() for one in wanted.roles or []}
    if not named:
        return None
    if len(named) > 1 or not named <= settings.SCIM_ROLES | {held}:
        raise InvalidValueException(detail=_one_of())
    return named.pop()


def _one_of() -> str:
    return f"roles must hold one of: {', '.join(sorted(settings.SCIM_ROLES))}"


def _link(actor: Actor, person: Person, external_id: str | None) -> None:
    """Links somebody whom the directory has just made with the provider's subject of that name, where that is on.

    Only as they are made. Somebody who is here already is never linked by a directory: whoever took it over would name
    a subject of their own for a nurse, and sign in as her. Source: docs/decisions/0055.
    """
    if settings.SCIM_SUBJECT != "externalId" or not settings.OIDC_ISSUER or not external_id:
        return
    try:
        with transaction.atomic():
            link(person, subject=external_id, agent=actor.agent, reason="directory")
    except IntegrityError as exc:
        raise UniquenessException(detail="This externalId is somebody else's at the provider.") from exc


def _require_free(person: Person | None, wanted: User[Any]) -> None:
    email = (wanted.user_name or "").strip().lower()
    others = Person.objects.exclude(pk=person.pk) if person else Person.objects.all()
    if others.filter(email=email).exists():
        raise UniquenessException(detail="This userName is taken.")
    if wanted.external_id and others.filter(directory_entry__external_id=wanted.external_id).exists():
        raise UniquenessException(detail="This externalId is taken.")


def _name_in_directory(person: Person, external_id: str | None) -> None:
    if not external_id:
        DirectoryEntry.objects.filter(person=person).delete()
        return
    if len(external_id) > LONGEST_NAME or "\x00" in external_id:
        raise InvalidValueException(detail="externalId is too long.")
    DirectoryEntry.objects.update_or_create(person=person, defaults={"external_id": external_id})


def _id(text: str | None) -> UUID:
    try:
        return UUID(str(text))
    except ValueError as exc:
        raise InvalidValueException(detail="A member is not here.") from exc
