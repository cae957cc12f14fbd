"""What the move of a patient asks for: an item of the checklist, the reason of an override."""

from dataclasses import dataclass, field, replace

from django.utils.translation import gettext as _

from handover.transfers.forms.fields import TEXT_CHARACTERS, Posted, too_long
from handover.transfers.models import ChecklistItem
from handover.transfers.wording import REASON_FIRST
from live.refusals import Invalid


@dataclass(frozen=True)
class ChecklistForm:
    """One item's state as it was chosen; "missing" needs its reason."""

    state: str = ""
    reason: str = ""

    @classmethod
    def posted(cls, data: Posted) -> "ChecklistForm":
        """What was chosen. A reason beside another state than missing was typed and then thought better of."""
        state = data.get("state", "")
        is_missing = state == ChecklistItem.State.MISSING
        return cls(state=state, reason=data.get("reason", "").strip() if is_missing else "")

    def answer(self) -> tuple[str, str]:
        """State and reason, or Invalid with the field that needs another look."""
        if self.state not in ChecklistItem.State.values:
            raise Invalid(fields={"state": _("Choose attached, not applicable or missing.")})
        if self.state == ChecklistItem.State.MISSING and not self.reason:
            raise Invalid(fields={"reason": _("Say why it is missing.")})
        if len(self.reason) > TEXT_CHARACTERS:
            raise Invalid(fields={"reason": too_long(TEXT_CHARACTERS)})
        return self.state, self.reason


@dataclass(frozen=True)
class OverrideForm:
    """The reason to leave with the gate locked, as it was written."""

    reason: str = ""
    is_emergency: bool = False
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def posted(cls, data: Posted) -> "OverrideForm":
        """What was written and ticked."""
        return cls(reason=data.get("reason", "").strip(), is_emergency=data.get("is_emergency") == "on")

    def text(self) -> str:
        """The reason, or Invalid when there is none."""
        if not self.reason:
            raise Invalid(fields={"reason": str(REASON_FIRST)})
        if len(self.reason) > TEXT_CHARACTERS:
            raise Invalid(fields={"reason": too_long(TEXT_CHARACTERS)})
        return self.reason

    def marked(self, fields: dict[str, str]) -> "OverrideForm":
        """The same words with what is wrong beside them."""
        return replace(self, errors=fields)
