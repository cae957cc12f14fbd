"""Which role answers for a case: always one, and one that is held."""

import random
from datetime import datetime, time, timedelta
from uuid import UUID, uuid4

import pytest

from handover.calls.rules.routing import Asked, NoFallback, Route, fits, require_sound, route

CARDIOLOGY, PAEDIATRICS, DESK, CHARGE = (uuid4() for _ in range(4))
# A Monday.
NIGHT = datetime(2026, 11, 30, 3, 10)  # noqa: DTZ001 -- the ward's wall clock
ROLES = [UUID(int=number) for number in range(1, 9)]


def asked(reason="chest pain", department=None, language=None, at=NIGHT):
    return Asked(reason, department, language, at)


def everybody(_role):
    return True


def test_the_route_that_says_most_is_tried_first_and_of_equals_the_earlier():
    routes = [
        Route(DESK, reason="chest pain"),
        Route(CARDIOLOGY, reason="chest pain", language="es"),
        Route(PAEDIATRICS),
    ]
    assert route(asked(language="es-MX"), routes, [CHARGE], is_held=everybody).role_id == CARDIOLOGY
    assert route(asked(language="vi"), routes, [CHARGE], is_held=everybody).role_id == DESK
    assert route(asked("rash"), routes, [CHARGE], is_held=everybody).role_id == PAEDIATRICS


def test_a_role_that_nobody_holds_is_passed_over_and_said():
    routes = [Route(CARDIOLOGY, reason="chest pain")]
    routed = route(asked(), routes, [DESK, CHARGE], is_held=lambda role: role == CHARGE)
    assert (routed.role_id, routed.route, routed.passed_over) == (CHARGE, None, (CARDIOLOGY, DESK))


@pytest.mark.parametrize(("language", "is_for"), [("es", True), ("ES-mx", True), ("est", False), (None, False)])
def test_a_language_is_matched_by_its_tag_and_not_by_its_letters(language, is_for):
    assert fits(Route(DESK, language="es"), asked(language=language)) is is_for


@pytest.mark.parametrize(
    ("at", "is_in"),
    [
        (datetime(2026, 11, 27, 20, 0), True),  # noqa: DTZ001
        (datetime(2026, 11, 28, 6, 59), True),  # noqa: DTZ001
        (datetime(2026, 11, 28, 7, 0), False),  # noqa: DTZ001
        (datetime(2026, 11, 28, 20, 0), False),  # noqa: DTZ001
        (datetime(2026, 11, 27, 6, 0), False),  # noqa: DTZ001
    ],
)
def test_a_night_of_friday_lasts_into_saturday(at, is_in):
    friday_night = Route(DESK, start=time(19), until=time(7), days=frozenset({4}))
    assert fits(friday_night, asked(at=at)) is is_in


def test_routes_without_a_last_role_that_is_never_empty_are_refused():
    require_sound([DESK, CHARGE], is_never_empty=lambda role: role == CHARGE)
    for fallback in ([], [CHARGE, DESK]):
        with pytest.raises(NoFallback):
            require_sound(fallback, is_never_empty=lambda role: role == CHARGE)
    with pytest.raises(NoFallback):
        route(asked(), [], [], is_held=everybody)


SEED, CASES = 20261129, 10_000


def some_route(chance):
    def maybe():
        return chance.choice([None, "a", "b"])

    start, until = chance.choice([(None, None), (time(chance.randrange(24)), time(chance.randrange(24)))])
    days = frozenset(chance.sample(range(7), chance.randrange(4)))
    return Route(chance.choice(ROLES), maybe(), maybe(), maybe(), start, until, days)


def test_of_ten_thousand_cases_each_ends_with_somebody_on_duty():
    chance = random.Random(SEED)
    for _ in range(CASES):
        routes = [some_route(chance) for _ in range(chance.randrange(7))]
        held = set(chance.sample(ROLES, chance.randrange(len(ROLES)))) | {CHARGE}
        fallback = [*chance.sample(ROLES, chance.randrange(4)), CHARGE]
        at = NIGHT + timedelta(minutes=chance.randrange(7 * 24 * 60))
        case = Asked(chance.choice("abc"), chance.choice(["a", None]), chance.choice(["a-x", "b", None]), at)
        routed = route(case, routes, fallback, is_held=held.__contains__)
        assert routed.role_id in held
        assert not set(routed.passed_over) & held
