"""A person's own duty: what they hold now and next, what they are asked, and what they have asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.access import SignedInRequest, signed_in
from accounts.directory import units_of
from accounts.models import CLINICAL_ROLES, Person
from handover.duty import rules
from handover.duty.beds import beds_had_by
from handover.duty.instead import availability_of, reached_instead
from handover.duty.models import CoverRequest, PractitionerRole
from handover.duty.rules import Stretch
from handover.duty.selectors import REACH, open_asks_of, requests_of, standing_roles, turns_of
from handover.duty.services.cover import standing
from handover.duty.views.availability import CHOICES

AHEAD = timedelta(days=14)


@dataclass(frozen=True)
class Turn:
    """One stretch that the person holds, whole, and the request by which they look for cover of it."""

    role: PractitionerRole
    starts: datetime
    ends: datetime
    is_now: bool
    # Which of the person's turns of this role it is, the next to end being 0.
    number: int
    request: CoverRequest | None


@dataclass(frozen=True)
class Request:
    """A request of the person's own, and what may be done with it."""

    row: CoverRequest
    is_open: bool
    may_undo: bool
    asked: int
    declined: int
    # Who has not answered and could not be reached when they were asked: to be rung up.
    silent: Sequence[Person]


@signed_in
@require_GET
def own(request: SignedInRequest) -> HttpResponse:
    """My duty: now and for the next fourteen days."""
    person, now = request.actor.person, timezone.now()
    context: dict[str, Any] = {
        **_held_and_asked(person, now=now),
        "boards": units_of(person),
        "said": availability_of(person, at=now),
        "instead": reached_instead(person.pk, at=now),
        "how": CHOICES,
        "colleagues": _colleagues(person),
        "at": now,
    }
    return render(request, "duty/own.html", context)


@signed_in
@require_GET
def own_fragment(request: SignedInRequest) -> HttpResponse:
    """What one is asked, holds and has asked for, to keep an open page fresh."""
    return render(request, "duty/_own.html", _held_and_asked(request.actor.person, now=timezone.now()))


def _held_and_asked(person: Person, *, now: datetime) -> dict[str, Any]:
    requests = requests_of(person, at=now)
    return {
        "turns": _turns(person, requests, now=now),
        "asks": open_asks_of(person, at=now),
        "requests": [_request(row, now=now) for row in requests],
        "taken": _taken(person, now=now),
        "beds": beds_had_by(person, at=now),
    }


def _colleagues(person: Person) -> list[Person]:
    """The clinicians of the person's units, by name."""
    rows = Person.objects.filter(is_active=True, role__in=CLINICAL_ROLES, memberships__unit__in=units_of(person))
    return list(rows.exclude(pk=person.pk).distinct().order_by("display_name"))


def _turns(person: Person, requests: list[CoverRequest], *, now: datetime) -> list[Turn]:
    roles = {role.pk: role for role in standing_roles()}
    by_role: dict[UUID, list[Stretch]] = {}
    # From a day ago, so that the turn that runs is told from its beginning.
    for role_id, stretch in turns_of([person.pk], starts=now - timedelta(days=1), ends=now + AHEAD + REACH)[person.pk]:
        if role_id in roles:  # Beds are told together.
            by_role.setdefault(role_id, []).append(stretch)
    found = [
        _turn(roles[role_id], one, requests, number=number, now=now)
        for role_id, stretches in by_role.items()
        for number, one in enumerate(one for one in rules.stretches_of(stretches, person.pk) if one.ends > now)
        if one.starts < now + AHEAD
    ]
    return sorted(found, key=lambda turn: (turn.starts, turn.role.name))


def _turn(role: PractitionerRole, one: Stretch, requests: list[CoverRequest], *, number: int, now: datetime) -> Turn:
    asked = [
        row
        for row in requests
        if row.role_id == role.pk and row.taken is None and row.starts < one.ends and one.starts < row.ends
    ]
    return Turn(role, one.starts, one.ends, one.starts <= now, number, asked[0] if asked else None)


def _request(row: CoverRequest, *, now: datetime) -> Request:
    asks = list(row.asks.all())
    return Request(
        row=row,
        is_open=rules.is_open(standing(row), at=now),
        may_undo=rules.may_be_undone(standing(row), at=now),
        asked=len(asks),
        declined=sum(ask.answer == "no" for ask in asks),
        silent=[ask.person for ask in asks if not ask.was_reachable and not ask.answer],
    )


def _taken(person: Person, *, now: datetime) -> list[CoverRequest]:
    """What the person took over for a colleague and may still give back."""
    rows = CoverRequest.objects.filter(taken_by=person, undone__isnull=True, taken__gt=now - rules.UNDO_WITHIN)
    return [row for row in rows.select_related("role__unit", "asked_by") if rules.may_be_undone(standing(row), at=now)]
