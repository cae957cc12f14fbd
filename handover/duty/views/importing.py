"""A file that becomes turns of a role, or of every role of a unit: seen before they are set, all or none."""

import base64
import binascii
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.access import SignedInRequest, signed_in
from accounts.answers import done, posted_key, uuid_or_none
from accounts.models import Person, Unit
from handover.duty import selectors
from handover.duty.calendars import reading
from handover.duty.calendars.matching import Holder, whose
from handover.duty.calendars.reading import Bounds, Reading
from handover.duty.models import PractitionerRole
from handover.duty.services import calendars
from handover.duty.services.calendars import Put
from handover.duty.services.ground import require_may_plan
from handover.duty.views.calendars import zone
from ledger.services import record_refusal
from live.refusals import Invalid, NotFound

SHOWN = 60


@dataclass(frozen=True)
class Into:
    """What a file is set into: one role, or all of a unit. `people` may hold them: role id -> who."""

    unit: Unit
    roles: Mapping[UUID, PractitionerRole]
    people: Mapping[UUID, Sequence[Person]]
    # Of one role: nothing in the file has to name it.
    role: PractitionerRole | None = None

    @property
    def bounds(self) -> Bounds:
        return reading.OF_A_ROLE if self.role else reading.OF_A_UNIT

    def everybody(self) -> list[Person]:
        """Who may hold any of them, by name."""
        each = {one.pk: one for people in self.people.values() for one in people}
        return sorted(each.values(), key=lambda one: one.display_name)


@dataclass(frozen=True)
class Preview:
    """What a file would set: role id -> whose turns, from when until when. With errors, in words, it sets nothing."""

    reading: Reading
    puts: Mapping[UUID, Sequence[Put]]
    errors: list[str]

    @property
    def many(self) -> int:
        return sum(len(each) for each in self.puts.values())


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def import_calendar(request: SignedInRequest, role_id: UUID) -> HttpResponse:
    """A form for a file; posted, what it would set of the role; posted again from there, it is set."""
    role = selectors.live_roles().filter(pk=role_id).first()
    if role is None:
        raise NotFound(act=calendars.IMPORTED, subject_id=role_id)
    return _page(request, role.unit, [role], role=role)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def import_unit(request: SignedInRequest, unit_id: UUID) -> HttpResponse:
    """The same for all roles of a unit at once."""
    unit = Unit.objects.select_related("facility").filter(pk=unit_id).first()
    if unit is None:
        raise NotFound(act=calendars.IMPORTED, subject_id=unit_id)
    return _page(request, unit, selectors.roles_of_unit(unit_id), role=None)


def _page(
    request: SignedInRequest, unit: Unit, roles: Sequence[PractitionerRole], *, role: PractitionerRole | None
) -> HttpResponse:
    now = timezone.now()
    require_may_plan(request.actor, unit.pk, at=now, act=calendars.IMPORTED)
    people = {each.pk: list(selectors.may_hold(each).order_by("display_name")) for each in roles}
    into = Into(unit, {each.pk: each for each in roles}, people, role)
    context: dict[str, Any] = {
        "role": role,
        "unit": unit,
        "people": into.everybody(),
        "most_kib": into.bounds.bytes // 1024,
    }
    if request.method != "POST":
        return render(request, "duty/import.html", context)
    raw, chosen = _raw(request, into.bounds), uuid_or_none(request.POST.get("person", ""))
    preview = _preview(into, raw, chosen, at=now)
    if "set" in request.POST and not preview.errors:
        try:
            return _set(request, into, preview)
        except Invalid as refusal:
            record_refusal(refusal, agent=request.actor.agent)
            preview = Preview(preview.reading, {}, [refusal.message])
    context |= {**_seen(into, preview), "raw": base64.b64encode(raw).decode() if preview.puts else "", "chosen": chosen}
    return render(request, "duty/import.html", context, status=422 if preview.errors else 200)


def _seen(into: Into, preview: Preview) -> dict[str, Any]:
    names = {one.pk: one.display_name for one in into.everybody()}
    shown = [
        {"role": into.roles[role_id].name, "name": names[one.person_id], "starts": one.starts, "ends": one.ends}
        for role_id, puts in preview.puts.items()
        for one in puts
    ]
    shown.sort(key=lambda one: (one["starts"], one["role"]))
    return {"preview": preview, "shown": shown[:SHOWN], "more": max(len(shown) - SHOWN, 0)}


def _raw(request: SignedInRequest, bounds: Bounds) -> bytes:
    """The file, or what was shown of it before and comes back to be set. Never more than may be read, and one byte."""
    uploaded = request.FILES.get("file")
    if uploaded is not None and not isinstance(uploaded, list):
        return bytes(uploaded.read(bounds.bytes + 1))
    try:
        return base64.b64decode(request.POST.get("raw", ""), validate=True)[: bounds.bytes + 1]
    except (binascii.Error, ValueError):
        return b""


def _preview(into: Into, raw: bytes, chosen: UUID | None, *, at: datetime) -> Preview:
    found = _read(into, raw, at=at)
    holders = {
        role_id: [Holder(one.pk, one.display_name, one.email) for one in people]
        for role_id, people in into.people.items()
    }
    puts, errors = defaultdict(list), list(found.errors)
    for turn in found.turns:
        of_role = holders[UUID(turn.role)]
        person_id = whose(turn, of_role, otherwise=chosen if any(one.id == chosen for one in of_role) else None)
        if person_id is not None:
            puts[UUID(turn.role)].append(Put(person_id, turn.starts, turn.ends))
        elif len(errors) < reading.ERRORS_SHOWN:
            title = turn.title[:60] or _("without a title")
            errors.append(_("%(event)s: nobody of the unit who can hold the role is named.") % {"event": title})
    if not puts and not errors:
        words = _("There is no turn to come of this role in the file.")
        errors.append(words if into.role else _("There is no turn to come of a role of this unit in the file."))
    return Preview(found, {} if errors else puts, errors)


def _read(into: Into, raw: bytes, *, at: datetime) -> Reading:
    if into.role is not None:
        return reading.read(raw, zone=zone(), at=at, role_id=str(into.role.pk))
    names = {str(role_id): role.name for role_id, role in into.roles.items()}
    return reading.read_unit(raw, zone=zone(), at=at, names=names)


def _set(request: SignedInRequest, into: Into, preview: Preview) -> HttpResponse:
    key = posted_key(request)
    if into.role is not None:
        puts = preview.puts[into.role.pk]
        many = calendars.import_turns(request.actor, key=key, role_id=into.role.pk, puts=puts)
        back = reverse("duty:role", args=[into.role.pk])
    else:
        many = calendars.import_unit(request.actor, key=key, unit_id=into.unit.pk, puts=preview.puts)
        back = reverse("duty:board", args=[into.unit.pk])
    messages.success(request, ngettext("%(many)d turn was set.", "%(many)d turns were set.", many) % {"many": many})
    return done(request, back)
