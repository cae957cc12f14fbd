"""One key is for one act on one thing: used again for another it is refused, never answered with the first result."""

from uuid import uuid4

import pytest

from handover.transfers import services
from live.refusals import Conflict

pytestmark = pytest.mark.django_db


@pytest.fixture
def two(draft, send, lee, write_draft, make_patient, emergency):
    """Two handovers of Amara's to Lee, of two patients."""
    second = write_draft(draft.author, make_patient(emergency))
    return send(draft, to=lee), send(second, to=lee)


def ask(actor, amara, lee, key, handover):
    return services.ask(actor(lee), key=key, handover_id=handover.pk, text="When was the last dose?")


def call(actor, amara, lee, key, handover):
    return services.request_call(actor(lee), key=key, handover_id=handover.pk)


def opened(actor, amara, lee, key, handover):
    return services.open_handover(actor(lee), key=key, handover_id=handover.pk, version_id=handover.current_id)


def draft_anew(actor, amara, lee, key, handover):
    return services.draft_handover(actor(amara), key=key, patient_id=handover.patient_id)


@pytest.mark.parametrize("act", [ask, call, opened, draft_anew])
def test_a_key_of_one_patient_answers_nothing_of_another(act, actor, amara, lee, two):
    one, other = two
    key = uuid4()
    first = act(actor, amara, lee, key, one)
    assert act(actor, amara, lee, key, one) == first
    with pytest.raises(Conflict) as refused:
        act(actor, amara, lee, key, other)
    assert refused.value.code == "key_used"
