"""The ways of the officer's desk: every page of the room shows them, and says on which one it is."""

import re

import pytest
from django.urls import reverse

from audit.desk import LINES, desk_ways

pytestmark = pytest.mark.django_db


def lit(page):
    """The labels of what is lit in the desk's ways."""
    ways = re.search(r'<nav class="tabs desk-ways".*?</nav>', page, re.DOTALL)[0]
    return re.findall(r'aria-current="page">.*?</svg>([^<]+)<', ways)


@pytest.mark.parametrize(
    ("name", "label"), [("events", "Find"), ("emergencies", "Emergencies"), ("overrides", "Overrides")]
)
def test_a_page_of_the_desk_says_where_it_is(desk, name, label):
    assert lit(desk.get(reverse(f"audit:{name}")).content.decode()) == [label]


def test_a_line_whose_page_is_not_installed_is_left_out():
    assert 0 < len(desk_ways("")) <= len(LINES)
