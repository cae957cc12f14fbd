"""What the receiver sends: the synthesis, a question, a reason to decline; and the sender's answers to them."""

from dataclasses import dataclass, field, replace

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from handover.patients.documents import IllnessSeverity
from handover.transfers.documents import SynthesisDocument
from handover.transfers.forms.fields import LINE_CHARACTERS, TEXT_CHARACTERS, Choice, Posted, too_long
from handover.transfers.rules import DECLINE_CODES
from live.refusals import Invalid

OWN_WORDS = "own"

# Asked most often at a bedside, one tap each; everything else is typed.
QUICK_QUESTIONS = (
    gettext_lazy("What was given last, and when?"),
    gettext_lazy("Does the family know of the move?"),
    gettext_lazy("Who owns the results that are not back?"),
)

DECLINE_REASONS = tuple(Choice(code, gettext_lazy(words)) for code, words in DECLINE_CODES.items())


@dataclass(frozen=True)
class SayBackForm:
    """The synthesis as it was said. `first` is the number of an action of the list, or OWN_WORDS."""

    severity: str = ""
    first: str = ""
    first_words: str = ""
    own_words: str = ""
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def posted(cls, data: Posted) -> "SayBackForm":
        """What was said, as it was said."""
        return cls(
            severity=data.get("illness_severity", ""),
            first=data.get("first", ""),
            first_words=data.get("first_words", "").strip(),
            own_words=data.get("own_words", "").strip(),
        )

    def synthesis(self, actions: list[str]) -> SynthesisDocument:
        """The document. `actions` are the words of the action list that the page offered, in its order.

        Raises Invalid with a field for each part that was not said.
        """
        errors: dict[str, str] = {}
        if self.severity not in set(IllnessSeverity):
            errors["illness_severity"] = _("Say how ill they are.")
        first = self._first_action(actions)
        if not first:
            errors["first"] = _("Say what you do first.")
        if not self.own_words:
            errors["own_words"] = _("Say it in one line of your own.")
        for name, words in (("first", first), ("own_words", self.own_words)):
            if len(words) > LINE_CHARACTERS:
                errors[name] = too_long(LINE_CHARACTERS)
        if errors:
            raise Invalid(fields=errors)
        return SynthesisDocument(
            illness_severity=IllnessSeverity(self.severity), first_action=first, own_words=self.own_words
        )

    def marked(self, fields: dict[str, str]) -> "SayBackForm":
        """The same words with what is wrong beside each field."""
        return replace(self, errors=fields)

    def _first_action(self, actions: list[str]) -> str:
        if self.first.isdecimal() and len(self.first) < 4 and int(self.first) < len(actions):
            return actions[int(self.first)]
        return self.first_words


@dataclass(frozen=True)
class DeclineForm:
    """A reason to decline, from the list and in words."""

    reason: str = ""
    words: str = ""
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def posted(cls, data: Posted) -> "DeclineForm":
        """What was chosen and written."""
        return cls(reason=data.get("reason", ""), words=data.get("words", "").strip())

    def checked(self) -> "DeclineForm":
        """The form itself, when the act can take it; Invalid when nothing was chosen or the words are too long."""
        if self.reason not in DECLINE_CODES:
            raise Invalid(fields={"reason": _("Choose the reason that fits best.")})
        if self.reason == "other" and not self.words:
            raise Invalid(fields={"words": _("Say why in a few words.")})
        if len(self.words) > TEXT_CHARACTERS:
            raise Invalid(fields={"words": too_long(TEXT_CHARACTERS)})
        return self

    def marked(self, fields: dict[str, str]) -> "DeclineForm":
        """The same choice with what is wrong beside it."""
        return replace(self, errors=fields)
