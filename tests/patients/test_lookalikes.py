"""Names that are easily taken for one another are marked; names that are merely near are not."""

from handover.patients.lookalikes import Named, lookalikes, parts


def alike(*families, places=None):
    people = [Named(index, family, (places or {}).get(index)) for index, family in enumerate(families)]
    return {key: (found.same, found.near) for key, found in lookalikes(people).items()}


def test_the_same_family_name_is_a_lookalike_in_any_case():
    assert alike("Fenwickle", "FENWICKLE") == {0: ((1,), ()), 1: ((0,), ())}


def test_one_letter_changed_added_or_lost_is_a_lookalike():
    assert alike("Marroway", "Marloway") == {0: ((), (1,)), 1: ((), (0,))}
    assert alike("Marroway", "Maroway") == {0: ((), (1,)), 1: ((), (0,))}


def test_two_letters_apart_are_not():
    assert alike("Marroway", "Marlowey") == {}
    assert alike("Marroway", "Marowayx") == {}


def test_short_names_must_be_the_same():
    assert alike("Dale", "Dane") == {}
    assert alike("Dale", "Dale") == {0: ((1,), ()), 1: ((0,), ())}


def test_people_of_different_units_never_meet():
    assert alike("Marroway", "Marloway", places={0: "ED", 1: "7E"}) == {}


def test_nobody_is_alike_because_their_name_is_not_known():
    assert alike("", "") == {}


def test_of_many_with_one_name_two_are_named_and_the_rest_counted():
    found = lookalikes(Named(index, "Fenwickle") for index in range(5))
    assert (found[0].same, found[0].same_more) == ((1, 2), 2)
    assert (found[4].same, found[4].same_more) == ((0, 1), 2)


def test_a_list_in_which_everybody_is_alike_names_a_few_of_each():
    found = lookalikes(Named(index, f"Name{index:02d}thorne") for index in range(99))
    assert max(len(each.near) for each in found.values()) == 2


def test_the_letters_that_differ_are_marked():
    assert [(piece.text, piece.differs) for piece in parts("MARLOWAY", "MARROWAY")] == [
        ("MAR", False),
        ("L", True),
        ("OWAY", False),
    ]
    assert [piece.differs for piece in parts("Dale", "Dale")] == [False]
