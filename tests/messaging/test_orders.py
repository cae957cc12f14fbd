"""What looks like an order is marked, on a list that both kinds of mistake can be added to."""

import pytest

from handover.messaging.rules import looks_like_an_order

ORDERS = [
    "Give 500 mg paracetamol",
    "Please give her 1 g meropenem now",
    "start heparin",
    "Stop the insulin",
    "pls repeat lactate in 2 h",
    "Increase oxygen to 4 L/min",
    "Furosemide 40 mg IV",
    "Paracetamol 1 g po qds",
    "BP is low. Bolus 250 ml saline",
    "NBM from midnight",
    "can you start antibiotics?",
    "hold metformin dose",
    "Transfuse 2 units",
    "Switch to oral antibiotics",
    "Order a CT",
    "insert a catheter, then send cultures",
    "morphine 2,5 mg sc prn",
    "OK and push 10 mmol potassium",
]
NO_ORDERS = [
    "She had 500 mg paracetamol at 02:00",
    "Lactate is 4.1",
    "Was she started on heparin?",
    "Gave 250 mL saline, no better",
    "The bed is free",
    "Can you come and see her?",
    "On my way",
    "Her son gives the history",
    "NEWS2 is 7, on 2 L/min",
    "Please call me about her fluids",
    "Who has the 2 units?",
    "The infusion stopped at 03:00",
    "Thank you",
    "",
    "Weight 71.4 kg",
]


@pytest.mark.parametrize("text", ORDERS)
def test_it_marks_an_order(text):
    assert looks_like_an_order(text)


@pytest.mark.parametrize("text", NO_ORDERS)
def test_it_leaves_what_is_told_or_asked(text):
    assert not looks_like_an_order(text)
