"""Asking colleagues to cover, or to swap: all who could are asked at once, and the first who says yes takes it.

Until somebody has, it stays with whose turn it is. Nobody's consent is assumed, and both who agreed may take it back
for ten minutes. Where nobody takes it the lead is told: in ten minutes when it is for the next day, in twelve hours
otherwise, at once when all have said no.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.models import Person
from handover.duty import rules
from handover.duty.models import CoverAsk, CoverRequest, PractitionerRole, ScheduleChange
from handover.duty.selectors import could_cover, schedule_of
from handover.duty.services.ground import (
    lead_id,
    locked_role,
    look_soon,
    news,
    note,
    require_may_hold,
    require_may_plan,
    require_span,
    span,
)
from handover.duty.services.ringing import KIND, ring
from handover.reach.selectors import reachability_of
from handover.reach.services import hush
from live import keys, ladder
from live.inbox import Announcement, Subject, announce
from live.models import Rung
from live.refusals import Conflict, Invalid, NotFound
from live.timers import drop_timer, set_timer

ASKED, TAKEN, DECLINED = "cover.asked", "cover.taken", "cover.declined"
WITHDRAWN, UNDONE, UNANSWERED = "cover.withdrawn", "cover.undone", "cover.unanswered"


@dataclass(frozen=True)
class InReturn:
    """A turn of the one colleague who is asked, which whoever asks takes over: a swap."""

    role_id: UUID
    starts: datetime
    ends: datetime


@dataclass(frozen=True)
class Wanted:
    """From when until when cover is asked for (aware), of whom, and what is given in return."""

    starts: datetime
    ends: datetime
    people: Sequence[UUID] = ()
    in_return: InReturn | None = None


@transaction.atomic
def ask_cover(actor: Actor, *, key: UUID, role_id: UUID, wanted: Wanted) -> CoverRequest:
    """The request, of which every colleague who is asked is told: those who are named, or without any all who could.

    For what one holds oneself; whoever plans the unit asks also for a time that nobody holds. Raises NotFound for
    anybody else's turn, Invalid for moments that make no time, for a colleague who does not fit and for a swap with
    other than one, and Conflict where nobody could be asked.
    """
    claim = keys.claim(key, person_id=actor.person.pk, act=ASKED)
    if claim.earlier:
        return CoverRequest.objects.get(pk=claim.earlier)
    role, now = locked_role(role_id, act=ASKED), timezone.now()
    ends, in_return = wanted.ends, wanted.in_return
    begins = require_span(wanted.starts, ends, at=now, act=ASKED)
    instead_of = _whose(actor, role, begins, ends, at=now)
    asked = _asked(actor, role, replace(wanted, starts=begins))
    if in_return is not None:
        _require_swap(in_return, asked, instead_of, at=now)
    request = CoverRequest.objects.create(
        role=role,
        asked_by=actor.person,
        instead_of_id=instead_of,
        starts=begins,
        ends=ends,
        return_role_id=in_return.role_id if in_return else None,
        return_starts=in_return.starts if in_return else None,
        return_ends=in_return.ends if in_return else None,
    )
    told = ask_each(request, asked, at=now)
    note(actor, ASKED, role, detail={**span(begins, ends), "request": str(request.pk)})
    announce(*told)
    keys.settle(key, result_id=request.pk)
    return request


def ask_each(request: CoverRequest, people: Sequence[Person], *, at: datetime) -> list[Announcement]:
    """What tells all who are asked, who are rung as well; where nobody of them can be reached, the lead hears at once.

    Nobody is left out: a device comes back, and a page is opened. But nothing waits for somebody whom nothing reaches.
    """
    reached = reachability_of([person.pk for person in people])
    CoverAsk.objects.bulk_create(
        CoverAsk(request=request, person=person, was_reachable=reached[person.pk].is_reachable) for person in people
    )
    is_anybody = any(each.is_reachable for each in reached.values())
    wait = rules.tell_lead_after(request.starts, at=at) if is_anybody else timedelta(0)
    set_timer(UNANSWERED, request.pk, after=wait)
    ids = [person.pk for person in people]
    ring(request, ids, at=at)
    # The ladder of each is their own: nobody else watches whose device rings, and a page that shows it rings no more.
    return [Announcement(ASKED, [each], Subject(KIND, request.pk), sender=each, climbs=True) for each in ids]


def _whose(actor: Actor, role: PractitionerRole, starts: datetime, ends: datetime, *, at: datetime) -> UUID | None:
    """Whose turn it is, from beginning to end: one's own, or nobody's, for whoever plans the unit."""
    held = {one.person_id for one in schedule_of(role.pk, starts=starts, ends=ends)}
    if held == {actor.person.pk}:
        return actor.person.pk
    if held == {None}:
        require_may_plan(actor, role.unit_id, at=at, act=ASKED)
        return None
    raise NotFound(_("That is not all yours to give. Look at the schedule again."), act=ASKED, subject_id=role.pk)


def _asked(actor: Actor, role: PractitionerRole, wanted: Wanted) -> list[Person]:
    if wanted.people:
        found = [require_may_hold(role, person_id, act=ASKED) for person_id in dict.fromkeys(wanted.people)]
    else:
        found = could_cover(role, starts=wanted.starts, ends=wanted.ends)
    found = [one for one in found if one.pk != actor.person.pk]
    if not found:
        words = _("Nobody of %(unit)s is free and rested then. Ask its lead.") % {"unit": role.unit.name}
        raise Conflict(words, code="nobody_to_ask", act=ASKED, subject_id=role.pk)
    return found


def _require_swap(in_return: InReturn, asked: Sequence[Person], instead_of: UUID | None, *, at: datetime) -> None:
    if len(asked) != 1 or instead_of is None:
        raise Invalid(fields={"people": _("One swaps with one colleague.")}, act=ASKED)
    require_span(in_return.starts, in_return.ends, at=at, act=ASKED)
    if in_return.starts < at or not _holds(asked[0].pk, in_return.role_id, in_return.starts, in_return.ends):
        raise Invalid(fields={"in_return": _("Choose a turn of theirs that is still to come.")}, act=ASKED)


def _holds(person_id: UUID, role_id: UUID, starts: datetime, ends: datetime) -> bool:
    return {one.person_id for one in schedule_of(role_id, starts=starts, ends=ends)} == {person_id}


def _locked(request_id: UUID, *, act: str) -> CoverRequest:
    """The request and its roles, locked: of two who take it at once one comes first. Raises NotFound."""
    row = CoverRequest.objects.filter(pk=request_id).first()
    if row is None:
        raise NotFound(act=act, subject_id=request_id)
    for role_id in sorted({row.role_id, row.return_role_id or row.role_id}):
        locked_role(role_id, act=act)
    rows = CoverRequest.objects.select_for_update(of=("self",)).select_related("role__unit", "taken_by", "asked_by")
    return rows.get(pk=request_id)


def _own_ask(actor: Actor, request: CoverRequest, *, act: str) -> CoverAsk:
    ask = CoverAsk.objects.filter(request=request, person=actor.person).first()
    if ask is None:
        raise NotFound(act=act, subject_id=request.pk)
    return ask


def standing(request: CoverRequest) -> rules.Standing:
    """The row as the rules know it."""
    return rules.Standing(ends=request.ends, taken=request.taken, withdrawn=request.withdrawn, undone=request.undone)


def _require_open(request: CoverRequest, *, at: datetime, act: str) -> None:
    if rules.is_open(standing(request), at=at):
        return
    words = _("It is not asked for any more.")
    if request.taken_by is not None:
        words = _("%(name)s has taken it already. Thank you.") % {"name": request.taken_by.display_name}
    raise Conflict(words, code="not_open", act=act, subject_id=request.pk)


@transaction.atomic
def accept_cover(actor: Actor, *, key: UUID, request_id: UUID) -> CoverRequest:
    """The request, taken by this person: they hold the role from now on, or from its beginning. The first one takes it.

    Everybody concerned is told. Raises NotFound for whoever was not asked, Conflict where it was taken, withdrawn or is
    over, where it is not theirs to give any more, and where what was offered in return is not this person's any more.
    """
    claim = keys.claim(key, person_id=actor.person.pk, act=TAKEN, leads_to=request_id)
    request, now = _locked(request_id, act=TAKEN), timezone.now()
    ask = _own_ask(actor, request, act=TAKEN)
    if claim.earlier:
        return request
    _require_open(request, at=now, act=TAKEN)
    starts = max(request.starts, now)
    if {one.person_id for one in schedule_of(request.role_id, starts=starts, ends=request.ends)} != {
        request.instead_of_id
    }:
        words = _("The schedule has changed since you were asked. Look at it again.")
        raise Conflict(words, code="schedule_changed", act=TAKEN, subject_id=request.pk)
    _change(actor, request, request.role_id, rules.Stretch(starts, request.ends, actor.person.pk), at=now)
    _give_back(actor, request, at=now)
    CoverAsk.objects.filter(pk=ask.pk).update(answer=CoverAsk.Answer.YES, answered=now)
    request.taken_by, request.taken = actor.person, now
    request.save(update_fields=["taken_by", "taken"])
    drop_timer(UNANSWERED, request.pk)
    hush(Subject(KIND, request.pk))
    note(actor, TAKEN, request.role, detail={**span(starts, request.ends), "request": str(request.pk)})
    look_soon(request.role)
    announce(news(TAKEN, [*_concerned(request, at=now), *_still_asked(request)], KIND, request.pk, by=actor))
    return request


def _give_back(actor: Actor, request: CoverRequest, *, at: datetime) -> None:
    """Where it is a swap: whoever asked takes over the turn that was offered in return."""
    role_id, starts, ends = request.return_role_id, request.return_starts, request.return_ends
    if role_id is None or starts is None or ends is None:
        return
    if starts < at or not _holds(actor.person.pk, role_id, starts, ends):
        words = _("What you would give in return is not yours any more. Look at the schedule again.")
        raise Conflict(words, code="return_changed", act=TAKEN, subject_id=request.pk)
    _change(actor, request, role_id, rules.Stretch(starts, ends, request.asked_by_id), at=at)


def _change(actor: Actor, request: CoverRequest, role_id: UUID, stretch: rules.Stretch, *, at: datetime) -> None:
    ScheduleChange.objects.create(
        role_id=role_id,
        kind="cover",
        person_id=stretch.person_id,
        starts=stretch.starts,
        ends=stretch.ends,
        made=at,
        made_by=actor.person,
        request=request,
    )


def _concerned(request: CoverRequest, *, at: datetime) -> list[UUID | None]:
    return [request.asked_by_id, request.instead_of_id, lead_id(request.role.unit_id, at=at)]


def _still_asked(request: CoverRequest) -> list[UUID]:
    return list(request.asks.filter(answer="").values_list("person_id", flat=True))


def _nobody_is_left(request: CoverRequest) -> bool:
    """Whether all have said no, or all who could be reached: of the others the lead is told once."""
    left = request.asks.filter(answer="")
    return not left.exists() or (request.lead_told is None and not left.filter(was_reachable=True).exists())


@transaction.atomic
def decline_cover(actor: Actor, *, key: UUID, request_id: UUID) -> None:
    """This person cannot. When nobody is left who could say yes, the lead and whoever asked are told at once."""
    claim = keys.claim(key, person_id=actor.person.pk, act=DECLINED, leads_to=request_id)
    request, now = _locked(request_id, act=DECLINED), timezone.now()
    ask = _own_ask(actor, request, act=DECLINED)
    if claim.earlier or ask.answer == CoverAsk.Answer.NO:
        return
    _require_open(request, at=now, act=DECLINED)
    CoverAsk.objects.filter(pk=ask.pk).update(answer=CoverAsk.Answer.NO, answered=now)
    hush(Subject(KIND, request.pk), person_id=actor.person.pk)
    # Who answers has opened it: no device of theirs counts it among what waits.
    ladder.reach(Rung.Name.OPENED, subject=Subject(KIND, request.pk), person_id=actor.person.pk)
    note(actor, DECLINED, request.role, detail={"request": str(request.pk)})
    if _nobody_is_left(request):
        drop_timer(UNANSWERED, request.pk)
        announce(*_unanswered(request, at=now))


@transaction.atomic
def withdraw_cover(actor: Actor, *, key: UUID, request_id: UUID) -> None:
    """Nobody is asked any more: it stays with whose turn it is. Raises NotFound for another's, Conflict once taken."""
    claim = keys.claim(key, person_id=actor.person.pk, act=WITHDRAWN, leads_to=request_id)
    request, now = _locked(request_id, act=WITHDRAWN), timezone.now()
    if request.asked_by_id != actor.person.pk:
        raise NotFound(act=WITHDRAWN, subject_id=request_id)
    if claim.earlier:
        return
    _require_open(request, at=now, act=WITHDRAWN)
    request.withdrawn = now
    request.save(update_fields=["withdrawn"])
    drop_timer(UNANSWERED, request.pk)
    hush(Subject(KIND, request.pk))
    note(actor, WITHDRAWN, request.role, detail={"request": str(request.pk)})
    announce(news(WITHDRAWN, _still_asked(request), KIND, request.pk, by=actor))


@transaction.atomic
def undo_cover(actor: Actor, *, key: UUID, request_id: UUID) -> None:
    """Everything is as it was before somebody took it, from now on. By either of the two who agreed, for ten minutes.

    Raises NotFound for anybody else, Conflict when the ten minutes are over.
    """
    claim = keys.claim(key, person_id=actor.person.pk, act=UNDONE, leads_to=request_id)
    request, now = _locked(request_id, act=UNDONE), timezone.now()
    if actor.person.pk not in (request.asked_by_id, request.taken_by_id):
        raise NotFound(act=UNDONE, subject_id=request_id)
    if claim.earlier:
        return
    if not rules.may_be_undone(standing(request), at=now):
        words = _("It can be undone for ten minutes only. Ask each other for cover instead.")
        raise Conflict(words, code="too_late", act=UNDONE, subject_id=request_id)
    ScheduleChange.objects.filter(request=request, undone__isnull=True).update(undone=now)
    request.undone = now
    request.save(update_fields=["undone"])
    note(actor, UNDONE, request.role, detail={"request": str(request.pk)})
    look_soon(request.role)
    announce(news(UNDONE, [*_concerned(request, at=now), request.taken_by_id], KIND, request.pk, by=actor))


def unanswered(request_id: UUID) -> list[Announcement]:
    """The timer of a request: nobody has taken it, so the lead and whoever asked are told. It stays open."""
    request = CoverRequest.objects.select_for_update(of=("self",)).select_related("role__unit").get(pk=request_id)
    now = timezone.now()
    if not rules.is_open(standing(request), at=now):
        return []
    return _unanswered(request, at=now)


def _unanswered(request: CoverRequest, *, at: datetime) -> list[Announcement]:
    CoverRequest.objects.filter(pk=request.pk).update(lead_told=at)
    told = [person_id for person_id in dict.fromkeys(_concerned(request, at=at)) if person_id]
    return [Announcement(UNANSWERED, told, Subject(KIND, request.pk))]
