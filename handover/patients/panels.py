"""What rooms above add to a patient's pages: a panel on the patient, a mark on a row of the list.

This room does not know who is responsible or what has been handed over; the room that does registers here when the app
starts, and is asked for each page it appears on.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from accounts.actors import Actor
from handover.patients.models import Patient


@dataclass(frozen=True)
class Panel:
    """A template to include, and what it needs. `place` is "top" (above the brief) or "side" (among the panels)."""

    template: str
    context: dict[str, object] = field(default_factory=dict)
    place: str = "top"


@dataclass(frozen=True)
class Mark:
    """A chip on a patient's row: what waits. `tone` is one of the chip's: "out", "in", "go", "warn", "bad" or ""."""

    words: str
    tone: str = ""
    icon: str = ""
    url: str = ""


PanelProvider = Callable[[Actor, Patient], Panel | tuple[str, dict[str, object]] | None]
MarkProvider = Callable[[Actor, Sequence[UUID]], dict[UUID, Sequence[Mark]]]

_panels: list[PanelProvider] = []
_marks: list[MarkProvider] = []


def register_panel(provider: PanelProvider) -> None:
    """Let `provider(actor, patient)` add a panel to the patient's page; None adds nothing."""
    if provider not in _panels:
        _panels.append(provider)


def register_marks(provider: MarkProvider) -> None:
    """Let `provider(actor, patient_ids)` mark rows of the list, for all of them in one call."""
    if provider not in _marks:
        _marks.append(provider)


def panels_for(actor: Actor, patient: Patient) -> list[Panel]:
    """The panels that other rooms show on this patient's page, in the order they registered."""
    panels = []
    for provider in _panels:
        panel = provider(actor, patient)
        if panel is not None:
            panels.append(Panel(*panel) if isinstance(panel, tuple) else panel)
    return panels


def marks_for(actor: Actor, patient_ids: Sequence[UUID]) -> dict[UUID, list[Mark]]:
    """The marks of each patient's row; a patient without any is absent."""
    marks: dict[UUID, list[Mark]] = {}
    for provider in _marks:
        for patient_id, found in provider(actor, patient_ids).items():
            marks.setdefault(patient_id, []).extend(found)
    return marks
