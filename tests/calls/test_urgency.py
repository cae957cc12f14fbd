"""How soon a caller has to be seen, and who may say so."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handover.calls.rules.urgency import (
    LIMITS,
    ORDER,
    Answer,
    Decider,
    Disposition,
    NotForAgents,
    decide,
    is_less,
    proposed,
    unasked,
)

CHEST = {"pain in chest now": None, "short of breath": Answer.NO, "fainted": Answer.NO}


def test_nine_categories_stand_in_their_order_with_limits_that_only_grow():
    assert len(ORDER) == 9
    limits = [limit for limit in LIMITS.values() if limit is not None]
    assert all(one <= other for one, other in pairwise(limits))
    assert LIMITS[Disposition.HOME] is None


def test_one_yes_is_an_ambulance_and_one_unsure_the_emergency_department():
    assert proposed(CHEST | {"fainted": Answer.YES}).disposition is Disposition.AMBULANCE_NOW
    assert proposed(CHEST | {"fainted": Answer.UNSURE}).disposition is Disposition.EMERGENCY_NOW


def test_a_question_that_was_not_asked_is_no_no():
    assert proposed(CHEST) is None
    assert unasked(CHEST) == ("pain in chest now",)


def test_an_agent_makes_nothing_less_than_the_answers_do_and_a_clinician_may():
    answers = CHEST | {"fainted": Answer.YES}
    with pytest.raises(NotForAgents, match="less_than_answers"):
        decide(Disposition.EMERGENCY_NOW, Decider.AGENT, answers=answers)
    assert decide(Disposition.TODAY, Decider.CLINICIAN, answers=answers).by is Decider.CLINICIAN


def test_an_agent_does_not_decide_that_somebody_can_wait():
    with pytest.raises(NotForAgents, match="clinician_decides"):
        decide(Disposition.HOME, Decider.AGENT, answers={})
    assert decide(Disposition.AMBULANCE_NOW, Decider.AGENT, answers={}).by is Decider.AGENT


@given(st.dictionaries(st.text(max_size=5), st.sampled_from([*Answer, None])), st.sampled_from(Disposition))
def test_whatever_is_answered_an_agent_never_goes_below_it(answers, chosen):
    default = proposed(answers)
    try:
        decision = decide(chosen, Decider.AGENT, answers=answers)
    except NotForAgents:
        return
    assert default is None or not is_less(decision.disposition, default.disposition)
