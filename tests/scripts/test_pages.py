"""The agent's list by keyboard, and the owners' pages."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from handover.calls.scripts.models import Judgement, Script, ScriptUse
from tests.scripts.conftest import NAME, WORDS

pytestmark = pytest.mark.django_db


def post(client, address, /, *args, **fields):
    return client.post(reverse(address, args=args), {"key": str(uuid4()), **fields})


def text_of(answer):
    return answer.content.decode()


def in_days(days):
    return (timezone.localdate() + timedelta(days=days)).isoformat()


FILLED = {
    "kind": "red_flag", "reason": "symptom", "language": "EN", "name": NAME, "text": WORDS,
    "valid_until": in_days(90),
}  # fmt: skip


def test_an_agent_finds_words_says_them_and_says_how_it_went(browser, write, agent_person):
    write()
    write(language="es", name="Dolor en el pecho", text="¿Le duele el pecho?")
    client = browser(agent_person)
    page = text_of(client.get("/scripts/?about=symptom&in=es"))
    assert '<p class="say" lang="es" dir="auto">¿Le duele el pecho?</p>' in page
    assert WORDS not in page
    version = Script.objects.get(language="es").versions.get()
    answer = post(client, "scripts:use", version.pk, next="/scripts/?about=symptom&in=es")
    used = ScriptUse.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"/scripts/?about=symptom&in=es&used={used.pk}")
    # The next stop of the keyboard is the answer: no hand leaves it.
    page = text_of(client.get(answer["Location"]))
    assert re.search(r'value="worked" aria-pressed="false" autofocus>', page)
    assert post(client, "scripts:went", used.pk, how="worked").status_code == 303
    assert Judgement.objects.get().how == "worked"
    page = text_of(client.get("/scripts/?about=symptom&in=es"))
    assert "worked 1 time " in page
    assert 'value="worked" aria-pressed="true"' in page


@pytest.mark.parametrize(("asked", "chosen"), [("", ""), ("es", "es"), ("en", "en")])
def test_the_form_keeps_what_was_asked_and_chooses_no_language_by_itself(browser, write, agent_person, asked, chosen):
    write()
    write(language="es")
    page = text_of(browser(agent_person).get(f"/scripts/?about=symptom&in={asked}"))
    assert re.findall(r'<option value="([^"]*)" selected>', page) == ["symptom", *([chosen] if chosen else [])]


def test_words_are_shown_as_text_whatever_is_in_them(browser, write, agent_person):
    # House text is typed by people: were it taken as HTML, one owner could act as every agent who reads it.
    write("<script>alert(1)</script> & <b>more</b>")
    page = text_of(browser(agent_person).get("/scripts/?about=symptom"))
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &lt;b&gt;more&lt;/b&gt;" in page


def test_what_has_run_out_is_not_on_the_list_and_a_kept_button_is_refused_in_words(browser, long_ago, agent_person):
    version = long_ago().versions.get()
    client = browser(agent_person)
    page = client.get("/scripts/")
    assert (page.status_code, WORDS in text_of(page)) == (200, False)
    answer = post(client, "scripts:use", version.pk)
    assert answer.status_code == 409
    assert "These words have run out" in text_of(answer)
    assert not ScriptUse.objects.exists()


@pytest.mark.parametrize("query", ["?about=gossip&in=%3Cb%3E", "?in=" + "x" * 4000, "?used=x", "?about=%00"])
def test_what_is_no_reason_or_language_leads_to_an_empty_list(browser, agent_person, query):
    answer = browser(agent_person).get(f"/scripts/{query}")
    assert (answer.status_code, "No words for such a call" in text_of(answer)) == (200, True)


def test_a_script_is_written_on_a_page_until_the_end_of_its_last_day(browser, admin_person):
    client = browser(admin_person)
    page = text_of(client.get("/scripts/new/"))
    assert "No names, nothing of a patient" in page
    assert post(client, "scripts:write", **FILLED).status_code == 303
    script = Script.objects.get()
    version = script.versions.get()
    assert (script.language, version.last_day.isoformat()) == ("en", FILLED["valid_until"])
    assert timezone.localtime(version.valid_until).time().isoformat() == "00:00:00"


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": ""},
        {"valid_until": ""},
        {"valid_until": "9999-12-31"},
        {"valid_until": "0001-01-01"},
        {"valid_until": in_days(-1)},
        {"language": "klingon"},
        {"kind": "protocol"},
        {"name": "x" * 400},
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(browser, admin_person, wrong):
    answer = post(browser(admin_person), "scripts:write", **FILLED | wrong)
    assert answer.status_code == 422
    assert 'class="wrong"' in text_of(answer)
    assert "name" in wrong or NAME in text_of(answer)
    assert not Script.objects.exists()


def test_whoever_comes_second_keeps_what_they_typed_and_sees_the_other(browser, write, change, admin_person):
    script = write()
    change(script, "The first editor's words")
    told = {"seen": "1", "text": "The second editor's words", "valid_until": in_days(30)}
    answer = post(browser(admin_person), "scripts:script", script.pk, **told)
    page = text_of(answer)
    assert answer.status_code == 409
    assert "Somebody has changed it since you opened it" in page
    assert re.search(r"<textarea[^>]*>\s*The second editor&#x27;s words</textarea>", page)
    assert page.count("The first editor&#x27;s words") == 2
    # Sent again, it is a decision: they have seen what they replace.
    assert '<input type="hidden" name="seen" value="2">' in page
    assert post(browser(admin_person), "scripts:script", script.pk, **told | {"seen": "2"}).status_code == 303
    assert script.versions.count() == 3


@pytest.mark.parametrize("seen", ["", "x", "-1", "9" * 40, "²"])
def test_a_number_that_is_none_is_a_stale_one(browser, write, admin_person, seen):
    script = write()
    told = {"seen": seen, "text": "x", "valid_until": in_days(30)}
    assert post(browser(admin_person), "scripts:script", script.pk, **told).status_code == 409
    assert script.versions.count() == 1


def test_the_owners_list_has_what_runs_out_first_and_one_tap_renews_it(browser, write, long_ago, admin_person):
    write(name="Far away")
    over = long_ago()
    client = browser(admin_person)
    page = text_of(client.get("/scripts/kept/"))
    assert page.index("Opening hours") < page.index("Far away")
    assert page.count("Renew the same words") == 1
    assert "Run out: nobody can use it" in page
    assert post(client, "scripts:renew", over.pk, seen="1").status_code == 303
    assert "Renew the same words" not in text_of(client.get("/scripts/kept/"))


def test_a_lead_sees_every_script_and_changes_their_own_alone(browser, write, lead, lee):
    theirs, mine = write(), write(by=lee, name="Visiting hours")
    client = browser(lee)
    assert NAME in text_of(client.get("/scripts/kept/"))
    assert "Not yours to change" in text_of(client.get(f"/scripts/{theirs.pk}/"))
    assert "Keep as the next version" in text_of(client.get(f"/scripts/{mine.pk}/"))
    assert post(client, "scripts:withdraw", theirs.pk).status_code == 403
    assert post(client, "scripts:withdraw", mine.pk).status_code == 303
    mine.refresh_from_db()
    assert mine.withdrawn_by == lee


def test_it_is_handed_over_on_its_page(browser, write, lead, lee, admin_person):
    script = write()
    client = browser(admin_person)
    assert f'<option value="{lee.pk}">' in text_of(client.get(f"/scripts/{script.pk}/"))
    assert post(client, "scripts:owner", script.pk, to="nobody").status_code == 422
    assert post(client, "scripts:owner", script.pk, to=str(lee.pk)).status_code == 303
    script.refresh_from_db()
    assert script.owner == lee


def test_what_is_withdrawn_says_so_and_has_no_form(browser, write, admin_person):
    script, client = write(), browser(admin_person)
    post(client, "scripts:withdraw", script.pk)
    page = text_of(client.get(f"/scripts/{script.pk}/"))
    assert "Nobody uses it since" in page
    assert "<textarea" not in page


def test_whoever_keeps_none_and_whoever_takes_no_calls_sees_none(browser, write, amara, agent_person, officer):
    script = write()
    for person in (amara, agent_person, officer):
        client = browser(person)
        for url in ("/scripts/kept/", "/scripts/new/", f"/scripts/{script.pk}/"):
            assert client.get(url).status_code == 403, (person, url)
    for person in (amara, officer):
        client = browser(person)
        assert client.get("/scripts/").status_code == 403
        assert post(client, "scripts:use", script.versions.get().pk).status_code == 403
        assert post(client, "scripts:went", uuid4(), how="worked").status_code == 403


def test_a_script_that_is_not_there_is_not_found(browser, admin_person):
    client = browser(admin_person)
    assert client.get(f"/scripts/{uuid4()}/").status_code == 404
    told = {"seen": "1", "text": "x", "valid_until": in_days(30)}
    assert post(client, "scripts:script", uuid4(), **told).status_code == 404
