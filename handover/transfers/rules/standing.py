"""Which act this person may do on this handover now, and if not, why not, in words.

One table for the services, which refuse by it, and for the pages, which offer by it: what is offered is what will be
done, unless something moved in between.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from django.utils.translation import gettext as _

MAY_SEND = ("draft", "sent", "declined")
IS_OUT = ("sent", "accepted")
NOT_LEFT = ("", "planned")


@dataclass(frozen=True)
class Standing:
    """What one person is to one handover.

    `is_sender`: its author, or a clinician of the author's unit who is not addressed by it. `is_addressee`: it is
    addressed to them and they wrote none of it. `is_at_destination`: a clinician of the unit the patient goes to.
    `works_at_destination`: they belong to that unit, or are on duty in it now. `holder`: who has the patient through
    this handover. `synthesis`: of this person, of the current version.
    """

    status: str
    transfer: str = ""
    is_clinician: bool = True
    is_author: bool = False
    is_sender: bool = False
    is_addressee: bool = False
    is_at_destination: bool = False
    works_at_destination: bool = False
    holder: Literal["", "me", "other"] = ""
    was_accepted: bool = False
    has_read: bool = False
    synthesis: Literal["", "said", "corrected"] = ""
    has_open_question: bool = False
    has_synthesis_to_correct: bool = False
    is_gate_open: bool = False
    may_be_confirmed: bool = False
    override: Literal["", "mine", "waiting", "usable"] = ""


@dataclass(frozen=True)
class No:
    """Why not. `is_role`: it is not for this person at all, whatever the state."""

    code: str
    words: str
    is_role: bool = False


Check = Callable[[Standing], No | None]


def why_not(act: str, standing: Standing) -> No | None:
    """The first thing that stands in the way of the act; None when nothing does. KeyError for an act that is none."""
    return next((no for check in _CHECKS[act] if (no := check(standing)) is not None), None)


def may(standing: Standing) -> frozenset[str]:
    """The names of every act this person may do now."""
    return frozenset(act for act in _CHECKS if why_not(act, standing) is None)


def _by_author(s: Standing) -> No | None:
    return None if s.is_author else No("not_author", _("Only the person who wrote it may do this."), is_role=True)


def _by_sender(s: Standing) -> No | None:
    if s.is_clinician and (s.is_author or s.is_sender):
        return None
    return No("not_sender", _("This is for the unit that hands the patient over."), is_role=True)


def _by_addressee(s: Standing) -> No | None:
    if s.is_clinician and s.is_addressee:
        return None
    return No(
        "not_addressee", _("This handover is not addressed to you. Call whoever it is addressed to."), is_role=True
    )


def _by_destination(s: Standing) -> No | None:
    if s.is_clinician and s.is_at_destination:
        return None
    return No("not_destination", _("Arrival is recorded by the unit the patient goes to."), is_role=True)


def _status(*allowed: str) -> Check:
    def check(s: Standing) -> No | None:
        if s.status in allowed:
            return None
        words = {
            "draft": _("This handover has not been sent yet."),
            "sent": _("This handover has not been accepted yet."),
            "accepted": _("This handover has been accepted already."),
            "declined": _("This handover was declined. It has to be sent again first."),
            "withdrawn": _("This handover was withdrawn. Write a new one."),
        }
        return No(f"status_{s.status}", words[s.status])

    return check


def _transfer(*allowed: str) -> Check:
    def check(s: Standing) -> No | None:
        if s.transfer in allowed:
            return None
        words = {
            "": _("No transfer is planned. Plan one first."),
            "planned": _("The patient has not left yet."),
            "departed": _("The patient has already left."),
            "arrived": _("The patient has already arrived."),
            "cancelled": _("The transfer was cancelled."),
            "returned": _("The patient came back. Write a new handover."),
        }
        return No(f"transfer_{s.transfer or 'none'}", words[s.transfer])

    return check


def _not_handed_on(s: Standing) -> No | None:
    if s.holder == "":
        return None
    words = _("The receiver already has this patient. Send them the new version, or cancel the transfer.")
    return No("already_held", words)


def _never_accepted(s: Standing) -> No | None:
    if not s.was_accepted:
        return None
    words = _("It has been accepted, so it cannot be taken back. Cancel the transfer, or send a new version.")
    return No("was_accepted", words)


def _accepted_stays(s: Standing) -> No | None:
    """After departure an accepted version is what the patient left under."""
    if s.status != "accepted" or s.transfer in NOT_LEFT:
        return None
    words = _("The patient left under the version that was accepted. Put what is new in the summary, and call.")
    return No("left_under_it", words)


def _read(s: Standing) -> No | None:
    return None if s.has_read else No("not_read", _("Read it to the end first."))


def _own_synthesis(s: Standing) -> No | None:
    if s.synthesis == "said":
        return None
    if s.synthesis == "corrected":
        return No(
            "synthesis_corrected", _("What you said back was corrected. Read the correction and say it back anew.")
        )
    return No("no_synthesis", _("Say it back first: how ill, the first action, and one line in your own words."))


def _works_there(s: Standing) -> No | None:
    """Whoever accepts is of the unit the patient goes to, at that moment (docs/decisions/0032)."""
    if not s.transfer or s.works_at_destination:
        return None
    words = _(
        "You neither belong to the unit the patient goes to nor are on duty there now. Somebody there has to accept."
    )
    return No("not_there", words)


def _no_open_question(s: Standing) -> No | None:
    if not s.has_open_question:
        return None
    return No("open_question", _("A question is still open. Wait for the answer, or call."))


def _says_anew(s: Standing) -> No | None:
    """After acceptance it is said back again only when it was corrected."""
    if s.status == "sent" or s.synthesis == "corrected":
        return None
    return No("said_already", _("You have said it back, and it was accepted."))


def _may_decline(s: Standing) -> No | None:
    """Who has the patient can give them back only while they still lie where they came from."""
    if s.holder == "me" and s.transfer != "planned":
        return No("held_by_me", _("You have this patient. Ask, or call, or hand them over."))
    return None


def _has_question(s: Standing) -> No | None:
    return None if s.has_open_question else No("no_question", _("There is no open question."))


def _has_synthesis(s: Standing) -> No | None:
    if s.has_synthesis_to_correct:
        return None
    return No("nothing_to_correct", _("There is nothing that was said back of this version to correct."))


def _gate(s: Standing) -> No | None:
    if s.is_gate_open or s.override == "usable":
        return None
    return No("gate_locked", _("The gate is locked."))


def _gate_is_locked(s: Standing) -> No | None:
    if s.is_gate_open:
        return No("gate_open", _("The gate is open. The patient may leave without an override."))
    if s.override == "usable":
        return No("override_stands", _("An override stands already."))
    return None


def _by_acceptor(s: Standing) -> No | None:
    if s.holder == "me":
        return None
    return No("not_acceptor", _("Only the person who accepted and has the patient may confirm it."), is_role=True)


def _is_overtaken(s: Standing) -> No | None:
    if s.may_be_confirmed:
        return None
    return No("nothing_to_confirm", _("Nothing has changed since it was accepted that you could confirm."))


def _override_waits(s: Standing) -> No | None:
    if s.override == "waiting":
        return None
    if s.override == "mine":
        return No("own_override", _("You asked for this override. A second person has to approve it."), is_role=True)
    return No("no_override", _("No override waits for a second person."))


_CHECKS: dict[str, tuple[Check, ...]] = {
    "save_draft": (_by_author, _status("draft")),
    "send": (_by_author, _status(*MAY_SEND), _transfer("", "planned", "departed", "arrived"), _not_handed_on),
    "edit": (_by_sender, _status("sent", "accepted", "declined"), _accepted_stays),
    "renew": (_by_sender, _status("sent", "accepted", "declined"), _accepted_stays),
    "remind": (_by_sender, _status("sent")),
    "withdraw": (_by_sender, _status(*MAY_SEND), _never_accepted, _transfer(*NOT_LEFT)),
    "plan": (_by_sender, _status("sent", "accepted", "declined"), _transfer(*NOT_LEFT)),
    "open": (_by_addressee, _status(*IS_OUT)),
    "read": (_by_addressee, _status(*IS_OUT)),
    "ask": (_by_addressee, _status(*IS_OUT)),
    "call": (_by_addressee, _status(*IS_OUT)),
    "say_back": (_by_addressee, _status(*IS_OUT), _read, _says_anew),
    "accept": (_by_addressee, _status("sent"), _works_there, _read, _own_synthesis, _no_open_question),
    "confirm": (_by_addressee, _status("accepted"), _by_acceptor, _transfer("planned"), _is_overtaken),
    "decline": (_by_addressee, _status("sent"), _transfer(*NOT_LEFT), _may_decline),
    "answer": (_by_sender, _has_question),
    "correct": (_by_sender, _status(*IS_OUT), _has_synthesis),
    "set_checklist": (_by_sender, _transfer("planned")),
    "depart": (_by_sender, _transfer("planned"), _gate),
    "cancel": (_by_sender, _transfer("planned")),
    "return": (_by_sender, _transfer("departed")),
    "arrive": (_by_destination, _transfer("departed")),
    "override": (_by_sender, _transfer("planned"), _gate_is_locked),
    "approve": (_by_sender, _transfer("planned"), _override_waits),
}
