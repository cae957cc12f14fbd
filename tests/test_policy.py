"""The table of what a role may do, against everything that can be done: no act, frame or job is without its row."""

import pytest

from accounts import policy
from accounts.models import CLINICAL_ROLES, Role
from live import timers
from live.frames import registered_frames
from live.refusals import Denied, NotFound
from tests.access_policy import POLICY, To
from tests.test_access_matrix import NAMES

# What tests/access_policy.py, written by hand and apart, expects of the roles.
ROLES_OF = {
    To.SIGNED_IN: policy.EVERYBODY,
    To.OWN: policy.EVERYBODY,
    To.OWN_KEY: policy.EVERYBODY,
    To.CLINICIANS: CLINICAL_ROLES,
    To.CLINICIAN_OWN: CLINICAL_ROLES,
    To.CLINICIANS_LIST: policy.EVERYBODY,
    To.OFFICER: policy.OFFICER,
    To.OFFICER_ACT: policy.OFFICER,
    To.ADMINISTRATOR: policy.ADMINISTRATOR,
    To.AGENT: policy.AGENT,
    To.PATIENT: CLINICAL_ROLES,
}


def test_every_address_has_a_row_or_is_public():
    """A new address that is missing here: add it to a row of accounts/policy.py, by the roles that may open it."""
    without_a_role = policy.PUBLIC | policy.PENDING | policy.BY_TOKEN
    assert set(NAMES) == set(policy.PAGES) | without_a_role
    assert not set(policy.PAGES) & without_a_role


def test_every_frame_and_every_job_has_a_row():
    assert registered_frames() == set(policy.FRAMES)
    assert set(timers._handlers) == policy.JOBS


def test_the_table_says_what_the_matrix_expects():
    wrong = [name for name, to in POLICY.items() if to in ROLES_OF and policy.PAGES[name].roles != ROLES_OF[to]]
    assert wrong == []


def test_nobody_but_a_clinician_has_a_row_that_leads_to_a_patient():
    """Whatever relationship a mistake would write for an administrator, agent or officer, the role ends it."""
    others = frozenset(Role) - CLINICAL_ROLES
    for name, to in POLICY.items():
        if to is To.PATIENT:
            assert not policy.PAGES[name].roles & others, name
            assert policy.PAGES[name].is_hidden, name
    assert all(not row.roles & others for row in policy.FRAMES.values())


@pytest.mark.parametrize("role", list(Role))
def test_an_act_that_nobody_thought_of_is_nobodys(role):
    assert not policy.may(role, "patients:export_all")
    with pytest.raises(Denied):
        policy.require(role, "patients:export_all")


def test_a_role_learns_nothing_from_how_it_is_refused():
    with pytest.raises(NotFound) as refused:
        policy.require(Role.ADMINISTRATOR, "patients:page")
    assert refused.value.message == NotFound.message
