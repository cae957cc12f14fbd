"""The form of an I-PASS handover: rows that come and go, a draft that may be half said, a version that may not.

A draft is saved while it is typed, so it takes lines that are not whole yet; the missing half is kept as GAP. Sending
and editing take whole lines only, and say at the field what is missing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID, uuid4

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.answers import uuid_or_none
from handover.patients.documents import IllnessSeverity
from handover.transfers.documents import Action, Contingency, Ipass, PatientSummary
from handover.transfers.forms.fields import (
    LINE_CHARACTERS,
    TEXT_CHARACTERS,
    Posted,
    local_minute,
    moment_of,
    too_long,
)
from live.refusals import Invalid

Row = TypeVar("Row")

GAP = "…"
ROWS = 60
PARTS = (
    ("statement", gettext_lazy("In one line")),
    ("events", gettext_lazy("What led to the move")),
    ("course", gettext_lazy("Course and treatment")),
    ("assessment", gettext_lazy("Now")),
    ("plan", gettext_lazy("Plan")),
)


@dataclass(frozen=True)
class TextPart:
    """One free text of the form. `unchanged` marks words that are those of the patient's previous handover."""

    name: str
    label: str
    value: str
    error: str = ""
    unchanged: bool = False
    other: str = ""


@dataclass(frozen=True)
class ActionRow:
    """One line of the action list, as typed. `by` is a local minute; `id` stays with the line."""

    id: str
    what: str = ""
    who: str = ""
    by: str = ""
    errors: dict[str, str] = field(default_factory=dict)
    other: str = ""

    @property
    def is_empty(self) -> bool:
        return not (self.what or self.who or self.by)


@dataclass(frozen=True)
class PairRow:
    """One if/then pair, as typed."""

    if_this: str = ""
    then_that: str = ""
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return not (self.if_this or self.then_that)


@dataclass(frozen=True)
class ComposeForm:
    """All that the writer typed, with what is wrong beside it. `revision` is that of the draft it was drawn from."""

    severity: str = ""
    parts: tuple[TextPart, ...] = ()
    actions: tuple[ActionRow, ...] = ()
    pairs: tuple[PairRow, ...] = ()
    situation_awareness: str = ""
    call_back: str = ""
    revision: int = 0
    errors: dict[str, str] = field(default_factory=dict)
    unchanged: frozenset[str] = frozenset()
    other_awareness: str = ""
    other_call_back: str = ""

    @classmethod
    def of(cls, ipass: Ipass, *, revision: int) -> "ComposeForm":
        """The form that shows `ipass`; a GAP of the draft is an empty field again."""
        return cls(
            severity=ipass.illness_severity or "",
            parts=tuple(
                TextPart(name=name, label=str(label), value=getattr(ipass.patient_summary, name))
                for name, label in PARTS
            ),
            actions=tuple(
                ActionRow(id=str(line.id), what=_no_gap(line.what), who=line.who, by=local_minute(line.by_when))
                for line in ipass.action_list
            ),
            pairs=tuple(
                PairRow(if_this=_no_gap(pair.if_this), then_that=_no_gap(pair.then_that))
                for pair in ipass.contingency_plan
            ),
            situation_awareness=ipass.situation_awareness,
            call_back=ipass.call_back,
            revision=revision,
        )

    @classmethod
    def posted(cls, data: Posted) -> "ComposeForm":
        """What was typed, as it was typed. Rows keep their order, whatever their numbers."""
        revision = data.get("revision", "")
        return cls(
            severity=data.get("illness_severity", ""),
            parts=tuple(
                TextPart(name=name, label=str(label), value=_text(data, f"summary-{name}")) for name, label in PARTS
            ),
            actions=tuple(_action_row(data, number) for number in _numbers(data, "action-")),
            pairs=tuple(_pair_row(data, number) for number in _numbers(data, "pair-")),
            situation_awareness=_text(data, "situation_awareness"),
            call_back=data.get("call_back", "").strip(),
            revision=int(revision) if revision.isdecimal() and len(revision) < 9 else 0,
        )

    def with_posted(self, data: Posted) -> "ComposeForm":
        """The same with what was typed on a card that shows less than all: what it did not show stays as it was.

        The severity is only what was said there: none is taken over.
        """
        shown = {part.name: _text(data, name) for part in self.parts if (name := f"summary-{part.name}") in data}
        numbers = {kind: _numbers(data, kind) for kind in ("action-", "pair-")}
        actions = tuple(_action_row(data, number) for number in numbers["action-"])
        pairs = tuple(_pair_row(data, number) for number in numbers["pair-"])
        has_awareness = "situation_awareness" in data
        return replace(
            self,
            severity=data.get("illness_severity", ""),
            parts=tuple(replace(part, value=shown.get(part.name, part.value)) for part in self.parts),
            actions=actions if numbers["action-"] else self.actions,
            pairs=pairs if numbers["pair-"] else self.pairs,
            situation_awareness=_text(data, "situation_awareness") if has_awareness else self.situation_awareness,
        )

    @property
    def has_summary(self) -> bool:
        return any(part.value for part in self.parts)

    @property
    def has_actions(self) -> bool:
        return any(not row.is_empty for row in self.actions)

    @property
    def has_pairs(self) -> bool:
        return any(not row.is_empty for row in self.pairs)

    def ipass(self, *, earlier: Ipass, now: datetime, is_draft: bool) -> Ipass:
        """The document. A severity that `earlier` had already keeps the time it was set at; a new one gets `now`.

        Raises Invalid with a field for each thing that cannot be taken; a draft takes lines that are half said.
        """
        errors = self._errors(is_draft=is_draft)
        if errors:
            raise Invalid(fields=errors)
        severity = IllnessSeverity(self.severity) if self.severity else None
        is_same = severity == earlier.illness_severity and earlier.severity_set is not None
        return Ipass(
            illness_severity=severity,
            severity_set=None if severity is None else earlier.severity_set if is_same else now,
            patient_summary=PatientSummary(**{part.name: part.value for part in self.parts}),
            action_list=tuple(_action(row) for row in self.actions if not row.is_empty),
            situation_awareness=self.situation_awareness,
            contingency_plan=tuple(
                Contingency(if_this=row.if_this or GAP, then_that=row.then_that or GAP)
                for row in self.pairs
                if not row.is_empty
            ),
            call_back=self.call_back,
        )

    def marked(self, fields: dict[str, str]) -> "ComposeForm":
        """The same words with what is wrong beside each field."""
        return replace(
            self,
            errors=fields,
            parts=tuple(replace(part, error=fields.get(f"summary-{part.name}", "")) for part in self.parts),
            actions=tuple(
                replace(row, errors=_row_errors(fields, f"action-{number}-")) for number, row in enumerate(self.actions)
            ),
            pairs=tuple(
                replace(row, errors=_row_errors(fields, f"pair-{number}-")) for number, row in enumerate(self.pairs)
            ),
        )

    def with_unchanged(self, unchanged: Iterable[str]) -> "ComposeForm":
        """The same, with the parts marked whose words are those of the previous handover."""
        names = set(unchanged)
        parts = tuple(replace(part, unchanged=bool(part.value) and part.name in names) for part in self.parts)
        return replace(self, parts=parts, unchanged=frozenset(names))

    def beside(self, other: "ComposeForm") -> "ComposeForm":
        """These words and those of `other`: under each text where they differ, as further rows where there are more.

        The revision becomes that of `other`, so that saving again keeps what is in the fields then.
        """
        theirs = {part.name: part.value for part in other.parts}
        rows = {row.id: row for row in other.actions}
        own = {row.id for row in self.actions}
        pairs = {(row.if_this, row.then_that) for row in self.pairs}
        return replace(
            self,
            revision=other.revision,
            severity=self.severity or other.severity,
            parts=tuple(replace(part, other=_if_different(theirs[part.name], part.value)) for part in self.parts),
            actions=(
                *(replace(row, other=_other_action(row, rows.get(row.id))) for row in self.actions),
                *(row for row in other.actions if row.id not in own),
            ),
            pairs=(*self.pairs, *(row for row in other.pairs if (row.if_this, row.then_that) not in pairs)),
            other_awareness=_if_different(other.situation_awareness, self.situation_awareness),
            other_call_back=_if_different(other.call_back, self.call_back),
        )

    def step(self, command: str, *, now: datetime) -> "ComposeForm":
        """The form after one of its own buttons, for a page without scripts: rows added, removed, times set."""
        name, _colon, argument = command.partition(":")
        numbers = [int(part) for part in argument.split(":") if part.isdecimal() and len(part) < 6]
        if name == "add_action":
            return replace(self, actions=(*self.actions, ActionRow(id=str(uuid4()))))
        if name == "add_pair":
            return replace(self, pairs=(*self.pairs, PairRow()))
        if name == "remove_action" and numbers:
            return replace(self, actions=_without(self.actions, numbers[0]))
        if name == "remove_pair" and numbers:
            return replace(self, pairs=_without(self.pairs, numbers[0]))
        if name == "in" and len(numbers) == 2:
            return self._due_in(numbers[0], minutes=numbers[1], now=now)
        return self

    def with_rows(self) -> "ComposeForm":
        """The same with one empty action and one empty pair when there are none: something to type into."""
        return replace(
            self,
            actions=self.actions or (ActionRow(id=str(uuid4())),),
            pairs=self.pairs or (PairRow(),),
        )

    def _due_in(self, number: int, *, minutes: int, now: datetime) -> "ComposeForm":
        by = local_minute(now + timedelta(minutes=minutes))
        rows = tuple(replace(row, by=by) if index == number else row for index, row in enumerate(self.actions))
        return replace(self, actions=rows)

    def _errors(self, *, is_draft: bool) -> dict[str, str]:
        errors: dict[str, str] = {}
        if self.severity and self.severity not in set(IllnessSeverity):
            errors["illness_severity"] = _("Choose stable, watcher or unstable.")
        elif not self.severity and not is_draft:
            errors["illness_severity"] = _("Say how ill they are now. It is set anew for each handover.")
        texts = {f"summary-{part.name}": part.value for part in self.parts}
        texts["situation_awareness"] = self.situation_awareness
        errors |= {name: too_long(TEXT_CHARACTERS) for name, text in texts.items() if len(text) > TEXT_CHARACTERS}
        if len(self.call_back) > LINE_CHARACTERS:
            errors["call_back"] = too_long(LINE_CHARACTERS)
        for number, row in enumerate(self.actions):
            errors |= {f"action-{number}-{name}": words for name, words in _action_errors(row, is_draft=is_draft)}
        for number, pair in enumerate(self.pairs):
            errors |= {f"pair-{number}-{name}": words for name, words in _pair_errors(pair, is_draft=is_draft)}
        return errors


def _action_errors(row: ActionRow, *, is_draft: bool) -> Iterable[tuple[str, str]]:
    if row.is_empty:
        return
    if not row.what and not is_draft:
        yield "what", _("Say what is to be done, or remove the line.")
    for name in ("what", "who"):
        if len(getattr(row, name)) > LINE_CHARACTERS:
            yield name, too_long(LINE_CHARACTERS)
    try:
        moment_of(row.by)
    except ValueError:
        yield "by", _("A date and a time, such as 24-11-2026 04:00.")


def _pair_errors(row: PairRow, *, is_draft: bool) -> Iterable[tuple[str, str]]:
    if row.is_empty:
        return
    if not row.if_this and not is_draft:
        yield "if_this", _("Say what might happen, or remove the pair.")
    if not row.then_that and not is_draft:
        yield "then_that", _("Say what is then to be done, or remove the pair.")
    for name in ("if_this", "then_that"):
        if len(getattr(row, name)) > LINE_CHARACTERS:
            yield name, too_long(LINE_CHARACTERS)


def _action(row: ActionRow) -> Action:
    return Action(id=UUID(row.id), what=row.what or GAP, who=row.who, by_when=moment_of(row.by))


def _action_row(data: Posted, number: int) -> ActionRow:
    known = uuid_or_none(data.get(f"action-{number}-id", ""))
    return ActionRow(
        id=str(known or uuid4()),
        what=_line(data, f"action-{number}-what"),
        who=_line(data, f"action-{number}-who"),
        by=data.get(f"action-{number}-by", "").strip(),
    )


def _pair_row(data: Posted, number: int) -> PairRow:
    return PairRow(
        if_this=_line(data, f"pair-{number}-if_this"),
        then_that=_line(data, f"pair-{number}-then_that"),
    )


def _numbers(data: Posted, prefix: str) -> list[int]:
    """The numbers of the rows that were sent, ascending; more than ROWS of them are not a handover."""
    found = {name.removeprefix(prefix).partition("-")[0] for name in data if name.startswith(prefix)}
    numbers = sorted(int(text) for text in found if text.isdecimal() and len(text) < 6)
    if len(numbers) > ROWS:
        raise Invalid(_("More lines than a handover can hold. Keep what the next team must do."), code="too_many_rows")
    return numbers


def _line(data: Posted, name: str) -> str:
    # Its field grows with the words and so takes line breaks; a line of a list has none.
    return " ".join(data.get(name, "").split())


def _text(data: Posted, name: str) -> str:
    # A textarea sends CRLF; the documents hold LF, so that the same words have the same digest from any sender.
    return data.get(name, "").replace("\r\n", "\n").strip()


def _if_different(theirs: str, ours: str) -> str:
    return theirs if theirs != ours else ""


def _other_action(row: ActionRow, other: ActionRow | None) -> str:
    if other is None or (other.what, other.who, other.by) == (row.what, row.who, row.by):
        return ""
    return ", ".join(part for part in (other.what, other.who, other.by.replace("T", " ")) if part)


def _no_gap(words: str) -> str:
    return "" if words == GAP else words


def _row_errors(fields: dict[str, str], prefix: str) -> dict[str, str]:
    return {name.removeprefix(prefix): words for name, words in fields.items() if name.startswith(prefix)}


def _without(rows: tuple[Row, ...], number: int) -> tuple[Row, ...]:
    return tuple(row for index, row in enumerate(rows) if index != number)
