"""What is typed for a page, and the steps of a unit's policy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from django.http import QueryDict

from accounts.answers import uuid_or_none
from handover.paging.documents import PART_LENGTH
from handover.paging.models import Page
from handover.paging.rules import Mode, Policy, Step, Target, Way
from handover.paging.services import Wanted
from handover.paging.services.sending import PARTS
from handover.patients.mistaken import FIELD as YEAR_FIELD

# More than the policy takes, so that what is too much is said in words and not cut.
STEPS_SHOWN = 6
# The button that stands for the list beside it; and a receiver by a button and another by the list.
OTHER, TWO = "other", "two"
YEAR_LENGTH = 20


@dataclass
class PageForm:
    """A page as it is being written: what was typed is kept, whatever is wrong with it. `to`: role:ID or person:ID."""

    level: str = ""
    to: str = ""
    words: dict[str, str] = field(default_factory=dict)
    cause: str = Page.Cause.BY_HAND
    errors: Mapping[str, str] = field(default_factory=dict)
    is_raised: bool = False
    year_of_birth: str = ""

    @classmethod
    def of(cls, posted: QueryDict) -> "PageForm":
        """What was posted. The list of roles counts where its button was chosen; both at once are two receivers."""
        words = {name: posted.get(name, "").replace("\r\n", "\n")[: PART_LENGTH * 2] for name in (*PARTS, "call_back")}
        cause = Page.Cause.NEWS2 if posted.get("cause") == Page.Cause.NEWS2 else Page.Cause.BY_HAND
        to, other = posted.get("to", ""), posted.get("other", "")
        if to in ("", OTHER):
            to = other
        elif other:
            to = TWO
        return cls(
            level=posted.get("level", ""),
            to=to,
            words=words,
            cause=cause,
            is_raised=bool(posted.get("is_raised")),
            year_of_birth=posted.get(YEAR_FIELD, "")[:YEAR_LENGTH],
        )

    def wanted(self) -> Wanted:
        """The same, as the act takes it."""
        kind, _, value = self.to.partition(":")
        found = uuid_or_none(value)
        return Wanted(
            level=self.level,
            words=self.words,
            role_id=found if kind == "role" else None,
            person_id=found if kind == "person" else None,
            cause=self.cause,
            is_raised=self.is_raised,
            year_of_birth=self.year_of_birth,
        )


def policy_in(posted: QueryDict) -> Policy:
    """The steps that were filled in, in their order: one without targets is left out. What is wrong, the act says."""
    steps: list[Step] = []
    for number in range(STEPS_SHOWN):
        targets = tuple(_targets(posted.getlist(f"targets-{number}")))
        if targets:
            mode = Mode.EACH if posted.get(f"mode-{number}") == Mode.EACH else Mode.FIRST
            ways = tuple(_ways(posted.getlist(f"ways-{number}")))
            steps.append(Step(targets, _minutes(posted.get(f"wait-{number}", "")), mode, ways))
    return Policy(tuple(steps))


@dataclass(frozen=True)
class TypedStep:
    """A step as it was typed, whatever is wrong with it: to be drawn again. `ways` by their places, some empty."""

    targets: list[Target]
    minutes: str
    mode: str
    ways: list[str]

    @property
    def is_left_out(self) -> bool:
        """Whether something was typed, and nobody whom it goes to: such a step is not kept."""
        return not self.targets and bool(self.minutes.strip() or any(self.ways))


def typed_steps(posted: QueryDict) -> list[TypedStep]:
    """All the steps of the form, those that were left empty among them."""
    known = {"", *(each.value for each in Way)}
    return [
        TypedStep(
            targets=_targets(posted.getlist(f"targets-{number}")),
            minutes=posted.get(f"wait-{number}", "")[:6],
            mode=posted.get(f"mode-{number}", ""),
            ways=[each for each in posted.getlist(f"ways-{number}") if each in known][: len(Way)],
        )
        for number in range(STEPS_SHOWN)
    ]


def _ways(values: Sequence[str]) -> list[Way]:
    """Those that were chosen, in their order: a place that was left empty is no way."""
    known = {each.value: each for each in Way}
    return [known[value] for value in values if value in known]


def _targets(values: Sequence[str]) -> list[Target]:
    known = {each.value: each for each in Target}
    return [known[value] for value in values if value in known]


def _minutes(text: str) -> timedelta:
    """Whole or half minutes; what is none is no time at all, which no policy takes."""
    try:
        return timedelta(minutes=max(0.0, min(float(text.replace(",", ".")), 10_000.0)))
    except ValueError:
        return timedelta()


def role_value(role_id: UUID) -> str:
    """How a role is named in the form."""
    return f"role:{role_id}"
