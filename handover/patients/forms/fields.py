"""Fields for one thumb in a glove: large, forgiving of a comma, and precise about what is wrong.

Each turns what was typed into the value of a document (documents.py), and that value back into what is shown.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from handover.patients.wording import number_words

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

Words: TypeAlias = "str | _StrPromise"
LINE, TEXT = 300, 4000
_EARLIEST_YEAR = 1880


class LineField(forms.CharField):
    """One line of words."""

    def __init__(self, label: Words, *, is_required: bool = False, help_text: Words = "", **attrs: str) -> None:
        widget = forms.TextInput({"class": "input", "autocomplete": "off", **attrs})
        super().__init__(label=label, required=is_required, help_text=help_text, max_length=LINE, widget=widget)


class TextField(forms.CharField):
    """Several lines of words."""

    def __init__(self, label: Words, *, is_required: bool = False, help_text: Words = "") -> None:
        widget = forms.Textarea({"class": "input", "rows": "4", "autocomplete": "off"})
        super().__init__(label=label, required=is_required, help_text=help_text, max_length=TEXT, widget=widget)


class OneOfField(forms.ChoiceField):
    """One of a few, as large radio buttons; nothing is chosen before somebody chooses, unless there is a default.

    `layout`: "even" columns, or "one" where the choices are sentences.
    """

    def __init__(
        self,
        label: Words,
        choices: Sequence[tuple[str, Words]],
        *,
        is_required: bool = False,
        help_text: Words = "",
        initial: str | None = None,
        layout: str = "even",
    ) -> None:
        self.layout = layout
        super().__init__(
            label=label,
            choices=choices,
            required=is_required,
            help_text=help_text,
            initial=initial,
            widget=forms.RadioSelect,
        )


class YesNoField(forms.ChoiceField):
    """Yes, no, or not asked: three answers, the third of which is None."""

    def __init__(self, label: Words, *, help_text: Words = "", unasked: Words = "") -> None:
        choices = [("yes", _("Yes")), ("no", _("No")), ("", unasked or _("Not asked"))]
        super().__init__(label=label, choices=choices, required=False, help_text=help_text, widget=forms.RadioSelect)

    def prepare_value(self, value: Any) -> Any:
        return {True: "yes", False: "no", None: ""}.get(value, value)

    def clean(self, value: Any) -> Any:
        return {"yes": True, "no": False}.get(super().clean(value))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.prepare_value(initial) != (data or ""))


class FlagField(forms.BooleanField):
    """One large box to tick."""

    def __init__(self, label: Words, *, help_text: Words = "") -> None:
        super().__init__(label=label, required=False, help_text=help_text)


class WholeField(forms.Field):
    """A whole number between two bounds; None when nothing was typed."""

    def __init__(self, label: Words, *, low: int, high: int, is_required: bool = False, help_text: Words = "") -> None:
        self.low, self.high = low, high
        attrs = {"class": "input figure", "inputmode": "numeric", "autocomplete": "off", "maxlength": "6"}
        super().__init__(label=label, required=is_required, help_text=help_text, widget=forms.TextInput(attrs))

    def to_python(self, value: Any) -> int | None:
        typed = str(value or "").strip()
        if not typed:
            return None
        if not typed.isdecimal() or not self.low <= int(typed) <= self.high:
            raise ValidationError(
                _("A whole number from %(low)s to %(high)s. You wrote %(typed)s."),
                params={"low": self.low, "high": self.high, "typed": typed},
                code="out_of_bounds",
            )
        return int(typed)


class NumberField(forms.Field):
    """A number between two bounds, with a point or a comma; None when nothing was typed."""

    def __init__(
        self, label: Words, *, low: float, high: float, is_required: bool = False, help_text: Words = ""
    ) -> None:
        self.low, self.high = low, high
        attrs = {"class": "input figure", "inputmode": "decimal", "autocomplete": "off", "maxlength": "8"}
        super().__init__(label=label, required=is_required, help_text=help_text, widget=forms.TextInput(attrs))

    def prepare_value(self, value: Any) -> Any:
        return number_words(value) if isinstance(value, float) else value

    def to_python(self, value: Any) -> float | None:
        typed = str(value or "").strip().replace(",", ".")
        if not typed:
            return None
        try:
            number = float(typed)
        except ValueError:
            number = float("nan")
        if not self.low <= number <= self.high:
            raise ValidationError(
                _("A number from %(low)s to %(high)s. You wrote %(typed)s."),
                params={"low": number_words(self.low), "high": number_words(self.high), "typed": typed},
                code="out_of_bounds",
            )
        return number

    def has_changed(self, initial: Any, data: Any) -> bool:
        return str(self.prepare_value(initial) if initial is not None else "") != str(data or "").strip()


class MomentField(forms.DateTimeField):
    """A day and a time of the ward's clock; aware UTC once it is read."""

    def __init__(self, label: Words, *, is_required: bool = False, help_text: Words = "") -> None:
        widget = forms.DateTimeInput({"class": "input", "type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(
            label=label,
            required=is_required,
            help_text=help_text,
            widget=widget,
            error_messages={"invalid": _("A day and a time, as 2026-03-01 14:30.")},
        )

    def has_changed(self, initial: Any, data: Any) -> bool:
        shown = timezone.localtime(initial).strftime("%Y-%m-%dT%H:%M") if isinstance(initial, datetime) else ""
        return shown != str(data or "")[: len("2026-03-01T14:30")].replace(" ", "T")


class _DateParts(forms.MultiWidget):
    """Day, month and year, each a field of its own: no order to guess, and a part may stay empty."""

    template_name = "patients/widgets/date_parts.html"
    use_fieldset = True

    def __init__(self) -> None:
        def part(length: int, words: Words) -> forms.TextInput:
            attrs = {"class": "input", "inputmode": "numeric", "autocomplete": "off", "maxlength": str(length)}
            return forms.TextInput({**attrs, "aria-label": words, "size": str(length)})

        super().__init__({"day": part(2, _("Day")), "month": part(2, _("Month")), "year": part(4, _("Year"))})

    def decompress(self, value: Any) -> list[str]:
        year, month, day = (*str(value or "").split("T")[0].split("-"), "", "", "")[:3]
        return [day, month, year]


class DateField(forms.MultiValueField):
    """A date as far as it is known, as an ISO date, whole or partial: 1951-03-04, 1951-03, 1951; "" for none.

    `is_whole`: a part that is missing is wrong. `may_be_ahead`: a date after today can be right.
    """

    widget = _DateParts

    def __init__(
        self, label: Words, *, is_required: bool = False, is_whole: bool = False, help_text: Words = ""
    ) -> None:
        self.is_whole = is_whole
        parts = tuple(forms.CharField(required=False, max_length=20) for _part in range(3))
        super().__init__(
            parts, label=label, required=is_required, require_all_fields=False, help_text=help_text, widget=_DateParts()
        )

    def compress(self, data_list: list[str]) -> str:
        day, month, year = (*(part.strip() for part in data_list), "", "", "")[:3]
        if not (day or month or year):
            return ""
        if not all(part.isdecimal() for part in (day, month, year) if part):
            raise ValidationError(_("Day, month and year are numbers: 4, 3, 1951."), code="not_numbers")
        if not year or (day and not month) or (self.is_whole and not (day and month)):
            raise ValidationError(self._missing(), code="part_missing")
        return self._checked(year, month, day)

    def _missing(self) -> Words:
        if self.is_whole:
            return _("Day, month and year are all needed.")
        return _("A year at least; a day only with its month.")

    def _checked(self, year: str, month: str, day: str) -> str:
        if len(year) != 4 or int(year) < _EARLIEST_YEAR:
            raise ValidationError(_("The year needs four digits: 1951."), code="year")
        try:
            known = date(int(year), int(month or 1), int(day or 1))
        except ValueError as exc:
            raise ValidationError(_("There is no such day. Check day and month."), code="no_such_day") from exc
        if known > timezone.localdate():
            raise ValidationError(_("That day has not come yet."), code="ahead")
        return "-".join(part for part in (year, month.zfill(2) if month else "", day.zfill(2) if day else "") if part)

    def has_changed(self, initial: Any, data: Any) -> bool:
        shown = [part.lstrip("0") for part in _DateParts().decompress(initial)]
        return shown != [str(part or "").strip().lstrip("0") for part in data or ["", "", ""]]
