"""Each reason in one line that a person understands: what was done, what is odd about it, how often, in how long."""

from collections.abc import Mapping
from datetime import timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from audit.rules.facts import Rule, Tie

_SHORT: Mapping[str, Promise] = {
    Rule.SELF: gettext_lazy("Own record"),
    Rule.KIN: gettext_lazy("Same family"),
    Rule.COLLEAGUE: gettext_lazy("A colleague"),
    Rule.VIP: gettext_lazy("Known to the public"),
    Rule.EMERGENCY: gettext_lazy("No relationship"),
    Rule.VOLUME: gettext_lazy("Many patients"),
    Rule.SEARCHES: gettext_lazy("Many searches"),
    Rule.LATE: gettext_lazy("After the fact"),
    Rule.UNUSUAL: gettext_lazy("Unusual place or device"),
    Rule.BULK: gettext_lazy("Taken out in bulk"),
}
_OPENED: Mapping[str, Promise] = {
    Rule.SELF: gettext_lazy("Opened their own record"),
    Rule.KIN: gettext_lazy(
        "Opened the record of a patient with the same family name or telephone, without looking after them"
    ),
    Rule.COLLEAGUE: gettext_lazy("Opened the record of somebody who works here, without looking after them"),
    Rule.VIP: gettext_lazy("Opened the record of somebody known to the public, without looking after them"),
}


def short(rule: str) -> str:
    """The rule in two words."""
    return str(_SHORT.get(rule, rule))


def sentence(rule: str, facts: Mapping[str, int | str], *, count: int, lasted: timedelta) -> str:
    """The one line: "Opened their own record, 3 times in 6 minutes."."""
    said = _said(rule, facts, count)
    return f"{said}{_how_often(count, lasted)}." if rule in _REPEATED else f"{said}."


_ALERTED: Mapping[str, Promise] = {
    "budget": gettext_lazy("Opened as many patients as one day allows"),
    "missed": gettext_lazy("Asked for patients by two identifiers again and again, and found nobody"),
}
_REPEATED = frozenset({Rule.SELF, Rule.KIN, Rule.COLLEAGUE, Rule.VIP, Rule.EMERGENCY, Rule.LATE})


def _said(rule: str, facts: Mapping[str, int | str], count: int) -> str:
    if rule in _OPENED:
        return str(_OPENED[rule])
    if rule == Rule.EMERGENCY:
        is_glass = facts.get("tie") == Tie.EMERGENCY
        return _("Opened a record by emergency access") if is_glass else _("Opened a record without any relationship")
    if rule == Rule.LATE:
        return _late(facts)
    return _about_many(rule, facts, count)


def _late(facts: Mapping[str, int | str]) -> str:
    if facts.get("why") == "shift":
        return _("Opened the record of a patient of their ward while off duty, and did nothing for them")
    days = int(facts.get("days", 0))
    words = ngettext(
        "Opened a record %(days)d day after the patient had left, and did nothing for them",
        "Opened a record %(days)d days after the patient had left, and did nothing for them",
        days,
    )
    return words % {"days": days}


def _about_many(rule: str, facts: Mapping[str, int | str], count: int) -> str:
    told = {**facts, "count": count}
    if facts.get("why") in _ALERTED:
        return str(_ALERTED[str(facts["why"])])
    if rule == Rule.VOLUME:
        return _("Opened %(patients)d patients who are not their own; others of the role opened %(usual)d") % told
    if rule == Rule.SEARCHES:
        found = _("Searched %(count)d times within an hour and opened %(opened)d")
        return (found if facts.get("opened") else _("Searched %(count)d times within an hour and opened nobody")) % told
    if rule == Rule.BULK:
        singly = _("Printed, exported or copied %(patients)d patients one by one, within an hour")
        return (singly if count > 1 else _("Printed, exported or copied %(patients)d patients at once")) % told
    if facts.get("why") == "travel":
        return _("Opened patients in two houses within %(minutes)d minutes") % told
    return _("Opened %(patients)d patients with a device they never had, off duty or at an hour they never work") % told


def _how_often(count: int, lasted: timedelta) -> str:
    minutes = round(lasted.total_seconds() / 60)
    times = ngettext("%(count)d time", "%(count)d times", count) % {"count": count}
    if count < 2:
        return ""
    if minutes < 1:
        return _(", %(times)s within a minute") % {"times": times}
    if minutes < 120:
        within = ngettext("%(minutes)d minute", "%(minutes)d minutes", minutes) % {"minutes": minutes}
    else:
        within = _("%(hours)d hours") % {"hours": round(minutes / 60)}
    return _(", %(times)s in %(within)s") % {"times": times, "within": within}
