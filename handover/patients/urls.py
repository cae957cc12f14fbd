"""The addresses of this room. None holds a name, a number or a value of a patient. A leading _ is a fragment."""

from django.urls import path, register_converter

from handover.patients import sections
from handover.patients.views import card, emergency, entries, lists, pages, registration, team, vitals


class SectionConverter:
    """A section of the summary in an address: vital-signs."""

    regex = "|".join(sections.BY_SLUG)

    def to_python(self, value: str) -> sections.SectionSpec:
        """The section."""
        return sections.BY_SLUG[value]

    def to_url(self, value: sections.SectionSpec | str) -> str:
        """The section's slug, from itself or from its slug."""
        return value if isinstance(value, str) else value.slug


register_converter(SectionConverter, "section")

app_name = "patients"

_ONE = "patients/<uuid:patient_id>/"
_SECTION = f"{_ONE}<section:section>/"

urlpatterns = [
    path("patients/", lists.my_patients, name="list"),
    path("patients/_rows/", lists.rows, name="rows"),
    path("patients/search/", lists.search, name="search"),
    path("patients/new/", registration.register, name="new"),
    path("card/", card.card, name="card"),
    path("patients/emergency/", emergency.emergency, name="emergency"),
    path("emergency/<uuid:glass_id>/", emergency.answer, name="emergency_answer"),
    path(f"{_ONE}emergency/end/", emergency.end, name="emergency_end"),
    path(_ONE, pages.brief, name="page"),
    path(f"{_ONE}_brief/", pages.brief_fragment, name="brief_fragment"),
    path(f"{_ONE}summary/", pages.summary, name="summary"),
    path(f"{_ONE}_summary/", pages.summary_fragment, name="summary_fragment"),
    path(f"{_ONE}severity/", vitals.severity, name="severity"),
    path(f"{_ONE}team/", team.members, name="team"),
    path(f"{_ONE}team/<uuid:member_id>/off/", team.take_off, name="team_off"),
    path(f"{_ONE}timeline/", pages.timeline, name="timeline"),
    path(f"{_ONE}identity/", registration.correct_identity, name="identity"),
    path(f"{_ONE}vital-signs/_score/", vitals.score, name="score"),
    path(f"{_SECTION}add/", entries.add, name="add"),
    path(f"{_SECTION}state/", entries.set_state, name="state"),
    path(f"{_SECTION}<uuid:entry_id>/", entries.correct, name="correct"),
    path(f"{_SECTION}<uuid:entry_id>/_now/", entries.now, name="now"),
    path(f"{_SECTION}<uuid:entry_id>/remove/", entries.remove, name="remove"),
]
