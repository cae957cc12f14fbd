"""A notification counts the pages that wait for somebody, and no page that has an owner."""

import pytest

from handover.paging.selectors import still_waiting
from live.acting import acting_as_system

pytestmark = pytest.mark.django_db


def test_a_page_counts_until_somebody_owns_it(page_out, answer, noor):
    page, other = page_out(), page_out("emergency")
    with acting_as_system("push.waiting"):
        assert still_waiting([page.pk, other.pk]) == {page.pk, other.pk}
    answer(noor, page)
    with acting_as_system("push.waiting"):
        assert still_waiting([page.pk, other.pk]) == {other.pk}
        assert still_waiting([]) == set()
