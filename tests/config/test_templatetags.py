"""How a page writes times, ages and numbers: in the ward's zone, and as a nurse says it."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.template import Context, Template

ROOT = Path(__file__).resolve().parent.parent.parent
NIGHT = datetime(2026, 3, 29, 1, 56, 11, tzinfo=UTC)  # the clocks of the ward have just gone forward


def drawn(text, **context):
    return Template(text).render(Context(context))


def test_times_are_the_wards():
    assert drawn("{{ at|ward_time }} {{ at|full_time }} {{ at|ward_date }}", at=NIGHT) == "02:56 02:56:11 29-Mar-2026"


def test_a_birth_date_has_its_month_in_letters():
    assert drawn("{{ born|ward_date }}", born=date(1951, 3, 4)) == "04-Mar-1951"


def test_nothing_is_written_for_no_time():
    assert (
        drawn("[{{ no|ward_time }}{{ no|ward_date }}{{ no|ward_when }}{{ no|age_words }}{{ no|iso }}]", no=None) == "[]"
    )


@time_machine.travel(NIGHT, tick=False)
def test_a_time_of_another_day_says_which():
    assert drawn("{{ at|ward_when }}", at=NIGHT - timedelta(minutes=5)) == "02:51"
    assert drawn("{{ at|ward_when }}", at=NIGHT - timedelta(days=1)) == "28-Mar 01:56"


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(seconds=-5), "now"),
        (timedelta(seconds=59), "now"),
        (timedelta(minutes=12), "12 min"),
        (timedelta(hours=4, minutes=12), "4 h 12"),
        (timedelta(hours=5), "5 h"),
        (timedelta(hours=9, minutes=40), "9 h"),
        (timedelta(hours=47), "47 h"),
        (timedelta(days=3, hours=4), "3 days"),
    ],
)
@time_machine.travel(NIGHT, tick=False)
def test_an_age_is_said_as_a_nurse_says_it(age, words):
    assert drawn("{{ at|age_words }}", at=NIGHT - age) == words


def test_an_icon_is_a_symbol_of_the_sprite_and_says_nothing_itself():
    assert drawn('{% icon "lock" "icon turn" %}') == (
        '<svg class="icon turn" aria-hidden="true"><use href="#lock"/></svg>'
    )


def test_every_form_gets_a_key_of_its_own():
    first, second = drawn("{% act_key %}"), drawn("{% act_key %}")
    assert 'type="hidden" name="key"' in first
    assert first != second


def test_a_number_to_call_holds_nothing_but_what_a_phone_dials():
    assert drawn("{{ number|tel }}", number='+44 (0)20 7946-0122"><b>') == "+442079460122"


def test_every_icon_that_a_page_names_is_in_the_sprite():
    sprite = set(re.findall(r'<symbol id="([^"]+)"', (ROOT / "config/templates/readback/_sprite.html").read_text()))
    named = {
        (name, path.relative_to(ROOT).as_posix())
        for room in ("config", "accounts", "handover", "audit")
        for pattern, kind in (
            (r'{% icon "([^"]+)"', "*.html"),
            (r'icon="([a-z-]+)"', "*.html"),
            (r'symbol\("([^"]+)"', "*.js"),
        )
        for path in (ROOT / room).rglob(kind)
        for name in re.findall(pattern, path.read_text())
    }
    assert {(name, path) for name, path in named if name not in sprite} == set()
    assert named
