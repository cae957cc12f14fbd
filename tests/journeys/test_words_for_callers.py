"""An agent with a caller on the line finds words, says them and says how it went: by keyboard alone, at a desk."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from handover.calls.scripts import services
from handover.calls.scripts.models import Judgement
from tests.journeys.conftest import DESK

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

# From the head of the page to any control of it.
MOST_TABS = 40


def tab_to(page, words):
    """The keys that it takes until the control of these words has the focus."""
    for taken in range(1, MOST_TABS):
        page.keyboard.press("Tab")
        if words in page.evaluate("document.activeElement.innerText + ' ' + document.activeElement.id"):
            return taken
    raise AssertionError(f"no tab leads to {words}")


def focused(page):
    return page.evaluate("document.activeElement.innerText")


def test_an_agent_finds_words_says_them_and_judges_them_by_keyboard_alone(phone_of, actor, admin_person, agent_person):
    wording = services.Wording("Does your chest hurt now?", timezone.now() + timedelta(days=90))
    new = services.NewScript("red_flag", "symptom", "en", "Chest pain, first question")
    services.write_script(actor(admin_person), key=uuid4(), new=new, wording=wording)
    desk = phone_of(agent_person, how=DESK)
    page = desk.page
    page.goto("/scripts/")
    assert page.locator(".say").count() == 0
    tab_to(page, "about")
    page.keyboard.type("Sym")
    tab_to(page, "Show the words")
    page.keyboard.press("Enter")
    page.get_by_text("Does your chest hurt now?").wait_for()
    tab_to(page, "I say this")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="How did it go?").wait_for()
    # The answer has the focus: nothing is looked for while the caller speaks.
    assert focused(page).startswith("Worked")
    assert tab_to(page, "Confused the caller") == 1
    page.keyboard.press("Enter")
    page.locator('[aria-pressed="true"]', has_text="Confused the caller").wait_for()
    desk.picture("words-for-callers-judged")
    assert Judgement.objects.get().how == "confused_the_caller"
    tab_to(page, "Worked")
    page.keyboard.press("Enter")
    page.locator('[aria-pressed="true"]', has_text="Worked").wait_for()
    assert Judgement.objects.get().how == "worked"
    assert "worked 1 time" in page.locator("main").inner_text()
