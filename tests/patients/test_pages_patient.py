"""The pages of one patient: what stands there, in which words, and who is told that there is nothing."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from handover.patients import panels
from handover.patients.documents import Allergy, Section, SectionState, Summary, VitalSigns
from ledger.models import Event


@pytest.fixture
def page(client, amara, sign_in):
    """page(name, patient): what Amara reads there."""
    sign_in(client, amara)

    def read(name, patient, **more):
        response = client.get(reverse(f"patients:{name}", args=[patient.pk]), **more)
        assert response.status_code == 200
        return response.content.decode()

    return read


def words_of(html):
    """A page's words, without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_the_brief_says_who_why_what_is_dangerous_and_how_the_patient_is(page, patient):
    words = words_of(page("page", patient))
    for said in ("FENWICKLE, Odalys", "04-Mar-1951", "4471 0893", "Pneumonia with sepsis", "Penicillin (anaphylaxis)"):
        assert said in words
    assert "NEWS2" in words
    assert "Isolation: Contact: MRSA" in words


def test_the_brief_has_seven_lines_at_most(page, patient):
    brief = re.search(r'<ol class="brief">(.*?)</ol>', page("page", patient), re.S).group(1)
    assert 1 <= brief.count("<li>") <= 7


def test_the_title_of_no_page_holds_the_patients_name(page, patient):
    for name in ("page", "summary", "timeline", "identity"):
        title = re.search(r"<title>(.*?)</title>", page(name, patient), re.S).group(1)
        assert "fenwickle" not in title.lower()


def test_each_sign_has_its_points_and_the_trend_has_words(page, patient):
    html = page("page", patient)
    assert re.search(r'role="img" aria-label="Breathing, per minute: 16 at ', html)
    assert "NEWS2 so far:" in html
    assert '<table class="sheet tight">' in html


def test_a_number_in_a_drawing_reads_the_same_in_every_language(page, patient):
    html = page("page", patient, headers={"Accept-Language": "de"})
    assert not re.search(r'points="\d+,\d+,', html)


def test_vital_signs_that_are_too_old_are_shown_as_late(page, make_patient, emergency):
    five_hours_ago = timezone.now() - timedelta(hours=5)
    vitals = VitalSigns(taken=five_hours_ago, pulse_per_min=80)
    summary = Summary(vital_signs=Section[VitalSigns](state=SectionState.FILLED, entries=(vitals,)))
    html = page("page", make_patient(emergency, summary=summary))
    assert "data-stale" in html
    assert "NEWS2 incomplete, at least 0" in words_of(html)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (SectionState.NONE_KNOWN, "No known allergies"),
        (SectionState.NOT_ASKED, "Not asked"),
        (SectionState.WITHHELD, "Withheld"),
        (SectionState.UNAVAILABLE, "Unavailable"),
    ],
)
def test_the_kinds_of_nothing_are_told_apart(page, make_patient, emergency, state, words):
    summary = Summary(allergies=Section[Allergy](state=state))
    html = page("summary", make_patient(emergency, summary=summary))
    section = re.search(r'<section class="panel section" id="allergies".*?</section>', html, re.S).group(0)
    assert words in words_of(section)


def test_each_line_of_the_summary_tells_where_it_came_from(client, make_patient, emergency, page):
    patient = make_patient(emergency)
    client.post(
        reverse("patients:add", args=[patient.pk, "allergies"]),
        {"key": uuid4(), "seen": 0, "substance": "Latex", "criticality": "high"},
    )
    words = words_of(page("summary", patient))
    assert "Latex" in words
    assert "Amara Thistledown" in words
    assert "by hand" in words


def test_a_child_gets_no_score(page, make_patient, emergency, summary):
    html = page("page", make_patient(emergency, birth_date="2020-01-01", summary=summary))
    assert "Under 16" in html
    assert "points" not in words_of(re.search(r'<section class="panel vitals".*?</section>', html, re.S).group(0))


def test_the_timeline_tells_what_changed(page, patient):
    assert "NEWS2" in words_of(page("timeline", patient))


def test_reading_a_page_is_on_the_record_once(page, patient):
    page("summary", patient)
    assert Event.objects.filter(event="patient.read", patient_id=patient.pk).count() == 1


@pytest.mark.parametrize("name", ["page", "brief_fragment", "summary", "timeline", "identity"])
def test_absent_and_not_yours_are_the_same_answer(client, noor, sign_in, patient, name):
    sign_in(client, noor)
    not_hers = client.get(reverse(f"patients:{name}", args=[patient.pk]))
    absent = client.get(reverse(f"patients:{name}", args=[uuid4()]))
    assert not_hers.status_code == absent.status_code == 404
    # But for the form's token, which is masked anew each time, the bytes are the same.
    token = rb'name="csrfmiddlewaretoken" value="[^"]*"'
    assert re.sub(token, b"", not_hers.content) == re.sub(token, b"", absent.content)


def test_a_room_above_adds_a_panel(page, patient, monkeypatch):
    monkeypatch.setattr(panels, "_panels", [])
    panels.register_panel(lambda actor, of: ("patients/_state.html", {}))
    panels.register_panel(lambda actor, of: None)
    assert len(panels.panels_for(None, patient)) == 1
    assert page("page", patient)
