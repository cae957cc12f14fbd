"""The words of this room, each in one place."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy, gettext_noop

from handover.paging.rules import Answer, Level, Target, Way, house_ways


@dataclass(frozen=True)
class LevelWords:
    """A level as it is chosen, and as it reads where it arrives."""

    name: Promise
    means: Promise
    paged: str


LEVELS: Mapping[Level, LevelWords] = {
    Level.EMERGENCY: LevelWords(
        gettext_lazy("Emergency"), gettext_lazy("Somebody comes within 2 minutes"), gettext_noop("Emergency page")
    ),
    Level.URGENT: LevelWords(
        gettext_lazy("Urgent"), gettext_lazy("Somebody answers within 5 minutes"), gettext_noop("Urgent page")
    ),
    Level.NEEDS_ACTION: LevelWords(
        gettext_lazy("Needs action"), gettext_lazy("Somebody answers within 30 minutes"), gettext_noop("Page")
    ),
    Level.FYI: LevelWords(gettext_lazy("For information"), gettext_lazy("Nobody has to answer"), gettext_noop("Page")),
}
ANSWERS: Mapping[Answer, Promise] = {
    Answer.OWNS: gettext_lazy("owns it"),
    Answer.PASSES: gettext_lazy("busy, passed on"),
    Answer.WRONG_PERSON: gettext_lazy("wrong person"),
}
TARGETS: Mapping[Target, Promise] = {
    Target.ADDRESSED: gettext_lazy("whoever was paged"),
    Target.BACKUP: gettext_lazy("backup"),
    Target.CHARGE_NURSE: gettext_lazy("charge nurse"),
    Target.SUPERVISOR: gettext_lazy("supervisor"),
    Target.ATTENDING: gettext_lazy("attending physician"),
    Target.TEAM: gettext_lazy("everybody on duty in the unit"),
    Target.BY_PHONE: gettext_lazy("a person at the telephone"),
}
WAYS: Mapping[Way, Promise] = {
    Way.APP: gettext_lazy("the app"),
    Way.SMS: gettext_lazy("text message"),
    Way.VOICE: gettext_lazy("call"),
    Way.PAGER: gettext_lazy("pager"),
    Way.EMAIL: gettext_lazy("e-mail without content"),
}
SKIPPED: Mapping[str, Promise] = {
    "empty": gettext_lazy("nobody holds it now: passed over at once"),
    "unreachable": gettext_lazy("nobody of it can be reached: passed over at once"),
}
RUNGS: Mapping[str, Promise] = {
    "stored": gettext_lazy("Stored"),
    "pushed": gettext_lazy("Pushed"),
    "on_device": gettext_lazy("On device"),
    "opened": gettext_lazy("Opened"),
    "acknowledged": gettext_lazy("Answered"),
}


def ways_words(ways: Sequence[Way], targets: Collection[Target] = ()) -> str:
    """The ways of a step in their order, in one line: "by the app, then text message"; empty where it names none.

    Of a person at the telephone the call stands first, for they are rung first whatever the order is.
    """
    if not ways:
        return ""
    in_order = gettext("by %(ways)s") % {"ways": gettext(", then ").join(str(WAYS[each]) for each in ways)}
    at_phone = gettext("by %(ways)s") % {"ways": _rung_first(ways)}
    return _of_both(in_order, at_phone, targets)


def usual_words(targets: Collection[Target], level: Level) -> str:
    """The ways of a step that names none: "the app, text message, call"; at the telephone "call, the app"."""
    usual = (house_ways(target, level) for target in (Target.ADDRESSED, Target.BY_PHONE))
    in_order, at_phone = (", ".join(str(WAYS[each]) for each in ways) for ways in usual)
    return _of_both(in_order, at_phone, targets)


def _rung_first(ways: Sequence[Way]) -> str:
    """The call, and behind it the others, which begin with it."""
    others = ", ".join(str(WAYS[each]) for each in ways if each is not Way.VOICE)
    if not others:
        return str(WAYS[Way.VOICE])
    return gettext("%(call)s first, with %(others)s") % {"call": WAYS[Way.VOICE], "others": others}


def _of_both(in_order: str, at_phone: str, targets: Collection[Target]) -> str:
    """The one, the other, or both where a step means somebody at the telephone beside others."""
    if Target.BY_PHONE not in targets:
        return in_order
    if set(targets) == {Target.BY_PHONE}:
        return at_phone
    return gettext("%(ways)s; at the telephone %(phone)s") % {"ways": in_order, "phone": at_phone}


def fires_words(after: timedelta) -> str:
    """When a step fires, as it is told of a policy: "At once", "After 2 min", "After 90 s" is "After 1 min 30 s"."""
    return gettext("After %(time)s") % {"time": span_words(after)} if after else gettext("At once")


def turn_words(way: str, after: timedelta, *, unless_on_device: bool) -> str:
    """One way of a step: "the app at once"; "text message after 20 s, unless a device has it"."""
    told = {"way": way, "time": span_words(after)}
    if not after:
        return gettext("%(way)s at once") % told
    if unless_on_device:
        return gettext("%(way)s after %(time)s, unless a device has it") % told
    return gettext("%(way)s after %(time)s") % told


def span_words(span: timedelta) -> str:
    """20 s; 2 min; 1 min 30 s; 1 h 30 min."""
    minutes, seconds = divmod(round(span.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    if span <= timedelta(seconds=60):
        return gettext("%(count)d s") % {"count": round(span.total_seconds())}
    parts = ((hours, gettext("%(count)d h")), (minutes, gettext("%(count)d min")), (seconds, gettext("%(count)d s")))
    return " ".join(words % {"count": count} for count, words in parts if count)
