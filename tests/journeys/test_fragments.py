"""The parts of a page that are fetched by themselves: the newest answer stays, and a tap that has begun is not lost."""

import re

import pytest

from tests.journeys.conftest import HANDOVER_URL

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


class Held:
    """Answers of the server that are on their way until the test lets them come."""

    def __init__(self, page, pattern):
        self.page, self.answers = page, []
        page.route(pattern, lambda route: self.answers.append((route, route.fetch())))

    def wait_for(self, count):
        for _ in range(300):
            if len(self.answers) >= count:
                return
            self.page.wait_for_timeout(100)
        raise AssertionError("nothing was asked")

    def let_come(self, number):
        route, answer = self.answers[number]
        route.fulfill(response=answer)


def test_the_answer_to_the_last_question_is_shown_also_when_an_older_one_came_in_between(
    phone_of, amara, noah, shift_of
):
    # What was asked after the older answer's place was taken fell out: 'On device' then waited for the next event.
    patients = shift_of(amara, ["watcher"])
    nurse, incoming = phone_of(amara), phone_of(noah)
    nurse.open("/handovers/shift/")
    nurse.tap("#recipients label:has([value^='person:'])", text="Noah Nightjar")
    nurse.tap(f"#card-{patients[0].pk} label.choice:has([value=watcher])")
    held = Held(nurse.page, re.compile("/handovers/shift/_sent/"))
    nurse.tap("[data-send]")
    held.wait_for(1)
    incoming.open("/inbox/")
    incoming.see("Amara Thistledown", within="#inbox")
    held.wait_for(2)
    held.let_come(0)
    nurse.page.locator("[data-sent]").wait_for()
    held.let_come(1)
    nurse.page.unroute_all(behavior="ignoreErrors")
    nurse.page.locator("[data-sent] [data-furthest]", has_text="On device").wait_for()


def test_a_tap_that_has_begun_is_not_lost_when_what_it_is_on_is_fetched_anew(phone_of, amara, sent_handover):
    nurse = phone_of(amara)
    nurse.open(f"/handovers/{sent_handover.pk}/")
    link = nurse.page.locator(".dock a").locator("visible=true").first
    goes = link.get_attribute("href")
    box = link.bounding_box()
    nurse.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    nurse.page.mouse.down()
    with nurse.page.expect_response(HANDOVER_URL):
        nurse.page.evaluate("document.dispatchEvent(new CustomEvent('readback:acted'))")
    nurse.page.evaluate("new Promise((done) => setTimeout(() => requestAnimationFrame(done), 200))")
    nurse.page.mouse.up()
    nurse.page.wait_for_url(f"**{goes}")
