"""That a pack is given to somebody is a disclosure of the patients in it: to whom, where, what and why.

For the hospital's own review, or the patient's, nothing is to be accounted for, and no name is asked. A partner, an
authority, the police and a court are named. Source: 45 CFR 164.528(a)(1), (b)(2).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actors import Actor
from accounts.visible import visible
from audit.disclosures.bases import EXEMPT, Basis
from audit.disclosures.documents import Words
from audit.disclosures.services import NAME_CHARACTERS, WORDS_CHARACTERS, What, disclose, disclose_unnamed
from ledger.evidence import EXPORTED
from live.refusals import Invalid

# What the log keeps of "for whom" -> on what basis it leaves. Not said is the hospital's own: who hands the file on to
# somebody writes that down by hand. A partner's is told of, as nobody knows that it was for the care.
BASES: Mapping[str, Basis] = {
    "": Basis.OPERATIONS,
    "review": Basis.OPERATIONS,
    "patient": Basis.INDIVIDUAL,
    "partner": Basis.OTHER,
    "authority": Basis.OVERSIGHT,
    "police": Basis.LAW_ENFORCEMENT,
    "court": Basis.COURT,
}


_WITH_WORDS: Mapping[str, Promise] = {
    "transfer": gettext_lazy(
        "A file on a handover of your care: who did what and when, and what was written, with your name"
    ),
    "thread": gettext_lazy(
        "A file on what your team wrote to each other about you: who wrote and read what and when, with your name"
    ),
    "page": gettext_lazy(
        "A file on a call for help about you: who was asked and answered when, and why, with your name"
    ),
}


@dataclass(frozen=True)
class Recipient:
    """Who is given the pack, and where; as the officer typed it, without marks that nobody sees."""

    name: str = ""
    address: str = ""

    @classmethod
    def typed(cls, name: str, address: str) -> "Recipient":
        return cls(visible(name), visible(address))


def require_named(reason: str, to: Recipient) -> None:
    """Raises Invalid where the patient must be told whom it went to, and it is not said, or is too long."""
    wrong = {}
    if BASES[reason] not in EXEMPT and not to.name:
        wrong["recipient"] = _("Say to whom it goes: the patient may ask for six years who was given it.")
    if len(to.name) > NAME_CHARACTERS:
        wrong["recipient"] = _("This is too long: %(most)s characters at most.") % {"most": NAME_CHARACTERS}
    if len(to.address) > WORDS_CHARACTERS:
        wrong["address"] = _("This is too long: %(most)s characters at most.") % {"most": WORDS_CHARACTERS}
    if wrong:
        raise Invalid(act=EXPORTED, fields=wrong)


def note(  # noqa: PLR0913 -- of an act its facts
    actor: Actor, patient_ids: Sequence[UUID], *, reason: str, to: Recipient, has_content: bool, about: str
) -> None:
    """The disclosures of this pack are on record. Called when it is made, before it is given."""
    basis = BASES[reason]
    if not patient_ids:
        return
    if basis in EXEMPT:
        disclose_unnamed(actor, patient_ids, basis=basis, what=What.EVIDENCE)
        return
    words = Words(recipient=to.name, address=to.address, what=_what(about, has_content), purpose=_("As evidence"))
    for patient_id in patient_ids:
        disclose(actor, patient_id, words, basis=basis, what=What.EVIDENCE)


def _what(about: str, has_content: bool) -> str:
    if has_content:
        return str(_WITH_WORDS[about])
    return _("A file on the use of your record: who did what and when, without names and without what was written")
