"""Every event that the code can put on the record has its words, its kind and its group."""

from audit.acts import GROUPS, KINDS, names_in
from audit.wording import ACTS
from tests.audit.event_names import names


def test_every_event_in_the_code_has_words_and_a_kind():
    """A new one that is missing: give it words in audit/wording.py and a kind in audit/acts.py."""
    assert names() - set(ACTS) == set()
    assert names() - set(KINDS) == set()


def test_every_event_belongs_to_a_group_an_officer_can_choose():
    grouped = {name for group in GROUPS if group != "reads" for name in names_in(group)}
    assert set(KINDS) - grouped == set()
