"""The gate: the reasons why a patient may not leave yet. No reason opens it.

It says everything that is in the way at once, in the words of the ward, so that nobody unlocks one thing to find the
next. It never falls open: a fact that is not there is a lock. docs/decisions/gate.md tells why each lock is there.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from django.utils.translation import gettext as _

from handover.patients.news2 import News2
from handover.transfers.rules.clock import clock

# After this an acceptance must be given anew: "stable" was four hours ago. Local policy, approved by the hospital.
ACCEPTANCE_GOOD_FOR = timedelta(hours=4)
# A rise of this many points counts as a change whatever the band (docs/decisions/gate.md).
RISE_THAT_COUNTS = 2

_BANDS = ("low", "low-medium", "medium", "high")


@dataclass(frozen=True)
class Reason:
    """Why the patient may not leave yet, in words; `since` is when it began to be so."""

    code: str
    words: str
    since: datetime | None = None


@dataclass(frozen=True)
class OpenQuestion:
    asked_by: str
    asked: datetime


@dataclass(frozen=True)
class Item:
    """A line of the checklist. `state` is a value of ChecklistItem.State; `set_at` is when it was last answered."""

    words: str
    is_required: bool
    state: str
    set_at: datetime | None = None


@dataclass(frozen=True)
class GateFacts:
    """What the gate looks at. Names are those of people; `receiver` is a unit's name while nobody there has acted.

    `accepted_number` is the number of the newest version that was accepted; None when none was. `said` and `corrected`
    are the times of the receiver's newest synthesis of the current version, and of its correction. `vitals_then` is the
    score of the newest vital signs in the version that was accepted, taken at `vitals_then_taken`; `vitals_now` is that
    of the newest there are, written down at `vitals_recorded`: from then on the lock stands. `is_accepted_there`: by
    somebody of `destination`, the unit the patient goes to (rules.is_of_destination). `confirmed`: when whoever
    accepted looked at the patient anew and stood by it; `vitals_then` are those that they saw then.
    """

    now: datetime
    zone: tzinfo
    status: str
    receiver: str
    author: str
    current_number: int
    sent: datetime | None = None
    declined: datetime | None = None
    accepted_number: int | None = None
    accepted: datetime | None = None
    confirmed: datetime | None = None
    destination: str = ""
    is_accepted_there: bool = False
    said: datetime | None = None
    corrected: datetime | None = None
    questions: tuple[OpenQuestion, ...] = ()
    items: tuple[Item, ...] = ()
    vitals_then: News2 | None = None
    vitals_then_taken: datetime | None = None
    vitals_now: News2 | None = None
    vitals_recorded: datetime | None = None


def gate(facts: GateFacts) -> tuple[Reason, ...]:
    """Every reason why the patient may not leave, the way to acceptance first; empty when the gate is open."""
    return (
        *_not_on_its_way(facts),
        *_not_said_back(facts),
        *_not_accepted(facts),
        *_questions(facts),
        *_items(facts),
        *_overtaken(facts),
    )


def may_be_confirmed(reasons: Iterable[Reason]) -> bool:
    """Whether a lock stands that whoever accepted may lift by looking at the patient as they are now.

    Vital signs that are gone are nothing to look at: they have to be measured.
    """
    codes = {reason.code for reason in reasons}
    return bool(codes & {"vitals_changed", "accepted_long_ago"}) and "vitals_gone" not in codes


def vitals_changed(then: News2 | None, now: News2 | None) -> bool:
    """Whether the patient is worse than when they were accepted.

    The band rises, or the total rises by two, or a single parameter newly scores three. Vital signs that were not known
    then count as nought, and so does a parameter that was not measured: the gate would rather ask once too often. So
    does a score that has become incomplete. Source: RCP NEWS2 2017, chart 3, for bands and single parameters; the rise
    by two is local policy.
    """
    if now is None:
        return then is not None
    before = {name: point or 0 for name, point in then.points.items()} if then else {}
    if then is not None and then.is_complete and not now.is_complete:
        return True
    newly_three = any(point == 3 and before.get(name, 0) < 3 for name, point in now.points.items())
    band_before = then.floor_band if then else "low"
    rises = _BANDS.index(now.floor_band) > _BANDS.index(band_before)
    return rises or newly_three or now.total - (then.total if then else 0) >= RISE_THAT_COUNTS


def _not_on_its_way(facts: GateFacts) -> Iterator[Reason]:
    if facts.status == "declined":
        words = _("%(receiver)s declined: choose another receiver, or send it again")
        yield Reason("declined", words % {"receiver": facts.receiver}, facts.declined)
    elif facts.status not in ("sent", "accepted"):
        yield Reason("not_sent", _("There is no handover on its way"))


def _not_said_back(facts: GateFacts) -> Iterator[Reason]:
    names = {"receiver": facts.receiver, "author": facts.author}
    if facts.corrected is not None:
        words = _("%(author)s corrected what %(receiver)s said back: it has to be said anew")
        yield Reason("synthesis_corrected", words % names, facts.corrected)
    elif facts.said is None and facts.status in ("sent", "accepted"):
        yield Reason("no_synthesis", _("%(receiver)s has not said it back") % names, facts.sent)


def _not_accepted(facts: GateFacts) -> Iterator[Reason]:
    is_current = facts.accepted_number == facts.current_number
    # Without its time an acceptance could not be too old, so it is none.
    if facts.status == "accepted" and is_current and facts.accepted is not None:
        if not facts.is_accepted_there:
            words = _("%(receiver)s accepted, and does not work in %(unit)s: somebody there has to accept")
            yield Reason("accepted_elsewhere", words % {"receiver": facts.receiver, "unit": facts.destination})
        return
    known = {"receiver": facts.receiver, "old": facts.accepted_number, "new": facts.current_number}
    if facts.accepted_number is not None and not is_current:
        words = _("%(receiver)s accepted version %(old)s; version %(new)s has not been accepted")
        yield Reason("old_version", words % known, facts.sent)
    elif facts.status in ("sent", "accepted"):
        yield Reason("not_accepted", _("%(receiver)s has not accepted") % known, facts.sent)


def _questions(facts: GateFacts) -> Iterator[Reason]:
    for question in facts.questions:
        words = _("A question from %(asker)s waits for %(author)s's answer, asked %(time)s") % {
            "asker": question.asked_by,
            "author": facts.author,
            "time": clock(question.asked, now=facts.now, zone=facts.zone),
        }
        yield Reason("open_question", words, question.asked)


def _items(facts: GateFacts) -> Iterator[Reason]:
    for item in facts.items:
        if item.is_required and item.state == "open":
            yield Reason("item_open", _("Not checked yet: %(item)s") % {"item": item.words}, item.set_at)
        elif item.is_required and item.state == "missing":
            yield Reason("item_missing", _("Missing: %(item)s") % {"item": item.words}, item.set_at)


def _overtaken(facts: GateFacts) -> Iterator[Reason]:
    """What was accepted is no longer how the patient is."""
    if facts.accepted is None or facts.status != "accepted":
        return
    stands = facts.confirmed or facts.accepted
    since = clock(stands, now=facts.now, zone=facts.zone)
    if vitals_changed(facts.vitals_then, facts.vitals_now):
        measured = clock(facts.vitals_then_taken or stands, now=facts.now, zone=facts.zone)
        code = "vitals_gone" if facts.vitals_now is None else "vitals_changed"
        yield Reason(code, _vitals_words(facts, measured), facts.vitals_recorded)
    if facts.now - stands > ACCEPTANCE_GOOD_FOR:
        words = _("%(receiver)s accepted more than %(hours)s hours ago, at %(time)s: send it again as it is now")
        hours = int(ACCEPTANCE_GOOD_FOR.total_seconds() // 3600)
        yield Reason(
            "accepted_long_ago",
            words % {"receiver": facts.receiver, "hours": hours, "time": since},
            stands + ACCEPTANCE_GOOD_FOR,
        )


def _vitals_words(facts: GateFacts, since: str) -> str:
    then, now = facts.vitals_then, facts.vitals_now
    if now is None:
        return _("The vital signs that stood at %(time)s are gone: measure them and send again") % {"time": since}
    if not now.is_complete:
        words = _("The vital signs changed since %(time)s: NEWS2 is incomplete, at least %(now)s")
    elif then is None:
        words = _("Vital signs were first taken after %(time)s: NEWS2 is %(now)s")
    else:
        words = _("The vital signs changed since %(time)s: NEWS2 went from %(then)s to %(now)s")
    return words % {"time": since, "then": then.total if then else "", "now": now.total}
