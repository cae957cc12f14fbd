"""The form of one entry: from a document's fields to what is shown, and from what is typed to a document again."""

from typing import Any, ClassVar

from django import forms
from pydantic import ValidationError

from handover.patients.documents import Coded, Entry, Summary


class EntryForm(forms.Form):
    """One entry of one section. A subclass names its `document` and has a field for each thing a person may say.

    What nobody touched stays exactly as it was (a time keeps its seconds, an import its date-time); a code stays only
    while the words that it stands for (`names`) stay.
    """

    document: ClassVar[type[Entry]]
    names: ClassVar[tuple[str, ...]] = ()

    def __init__(self, data: Any = None, *, entry: Entry | None = None, summary: Summary | None = None) -> None:
        self.before, self.summary = entry, summary
        initial = {name: getattr(entry, name, None) for name in self.base_fields} if entry else None
        super().__init__(data, initial=initial, use_required_attribute=False)

    def clean(self) -> dict[str, Any]:
        """Reads the document, so that what it refuses is said at the field."""
        cleaned = super().clean() or self.cleaned_data
        if not self.errors:
            try:
                self._entry = self._read(cleaned)
            except ValidationError as exc:
                self._explain(exc)
        return cleaned

    def entry(self) -> Entry:
        """The entry that was typed, with the id of the one it corrects. Only after is_valid()."""
        return self._entry

    def told(self, cleaned: dict[str, Any]) -> dict[str, Any]:
        """The document's fields that were said: all of a new entry, what was changed of one that is corrected."""
        changed = self.fields if self.before is None else self.changed_data
        said = {name: value for name, value in cleaned.items() if name in changed and name in self._known()}
        return {name: self._default(name) if value in (None, "") else value for name, value in said.items()}

    def _known(self) -> dict[str, Any]:
        return self.document.model_fields

    def _read(self, cleaned: dict[str, Any]) -> Entry:
        changed, told = set(self.changed_data), self.told(cleaned)
        if self.before is None:
            return self.document.model_validate(told)
        if isinstance(self.before, Coded) and changed.intersection(self.names):
            told |= {"code": "", "code_system": ""}
        return self.document.model_validate({**self.before.model_dump(), **told})

    def _default(self, name: str) -> Any:
        """What an empty field means: the document's own default ("unknown", None, "")."""
        field = self.document.model_fields[name]
        return "" if field.is_required() else field.get_default()

    def _explain(self, exc: ValidationError) -> None:
        for problem in exc.errors(include_url=False, include_input=False):
            name = str(problem["loc"][0]) if problem["loc"] else None
            self.add_error(name if name in self.fields else None, problem["msg"])
