"""A patient on the page of a whole shift, ready to be drawn: what changed, what stands, what is old. Pure."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from handover.patients.rules import is_old
from handover.transfers.essentials import Essential, essentials
from handover.transfers.forms.compose import ComposeForm
from handover.transfers.forms.shift import ShiftEntry, prefix_of
from handover.transfers.rules import label_of
from handover.transfers.rules.quality import NEWS2_HIGH
from handover.transfers.selectors import ShiftCard
from handover.transfers.wording import Difference, differences

CHANGES_SHOWN = 5
# Of the essentials only what changes what one does at the bedside; all of them go with the handover.
_DANGERS = ("allergies", "code_status", "alerts")


@dataclass(frozen=True)
class CardView:
    """`card` as it stands, with what was typed on it. `more` are the changes that are folded away."""

    card: ShiftCard
    key: UUID
    prefix: str
    form: ComposeForm
    wrong: str
    changes: tuple[Difference, ...]
    more: tuple[Difference, ...]
    unchanged: tuple[tuple[str, str], ...]
    dangers: tuple[Essential, ...]
    old: tuple[Essential, ...]
    is_vitals_old: bool

    @property
    def is_high(self) -> bool:
        """Whether "stable" would disagree with the score: it is said beside the choice, and forbids nothing."""
        return (self.card.headline.news2_total or 0) >= NEWS2_HIGH


def card_view(card: ShiftCard, entry: ShiftEntry, *, now: datetime) -> CardView:
    """The card of one patient. The severity that was set before is shown beside the choices, never chosen."""
    severity = card.headline.illness_severity
    told = essentials(card.summary, severity=severity, now=now)
    found = differences(card.changes)
    return CardView(
        card=card,
        key=entry.key,
        prefix=prefix_of(card.patient_id),
        form=entry.drawn(card.ipass),
        wrong=entry.wrong,
        changes=found[:CHANGES_SHOWN],
        more=found[CHANGES_SHOWN:],
        unchanged=tuple(_unchanged(card)),
        dangers=tuple(item for item in told if item.section in _DANGERS and (item.lines or item.section != "alerts")),
        old=tuple(item for item in told if item.has_old and item.section != "vital_signs"),
        is_vitals_old=is_old("vital_signs", card.headline.vitals_taken, now, severity=severity),
    )


def _unchanged(card: ShiftCard) -> list[tuple[str, str]]:
    """Each part that nobody touched, with its words; the lists stand on the card by themselves."""
    said = card.ipass.patient_summary
    words = {name: getattr(said, name, "") for name in card.unchanged}
    words["situation_awareness"] = card.ipass.situation_awareness if "situation_awareness" in card.unchanged else ""
    if card.before is None:
        names = ("statement", "events", "course", "assessment", "plan")
        words = {name: getattr(said, name) for name in names}
    return [(label_of(name) if name != "statement" else _("In one line"), text) for name, text in words.items() if text]
