"""When words count, whom they are for, and which come first."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handover.calls.scripts.rules import (
    LONGEST,
    RUNS_OUT_WITHIN,
    Standing,
    fits,
    language_tag,
    place,
    rank,
    renewed_for,
    runs_out,
    standing,
    told_after,
)

ENDS = datetime(2027, 3, 1, 23, tzinfo=UTC)
AN_INSTANT = timedelta(microseconds=1)
counts = st.integers(min_value=0, max_value=5_000)
spans = st.timedeltas(min_value=AN_INSTANT, max_value=LONGEST)


# Wilson's lower bound at z = 1.96, worked out apart: (p + z²/2n - z√(p(1-p)/n + z²/4n²)) / (1 + z²/n).
@pytest.mark.parametrize(
    ("worked", "confused", "bound"),
    [(0, 0, 0.0), (1, 0, 0.206549), (10, 0, 0.722460), (8, 2, 0.490162), (50, 50, 0.403830), (0, 10, 0.0)],
)
def test_the_rank_is_wilsons_lower_bound(worked, confused, bound):
    assert rank(worked, confused) == pytest.approx(bound, abs=1e-5)


@given(counts, counts)
def test_a_rank_is_a_share_and_never_more_than_what_was_seen(worked, confused):
    found = rank(worked, confused)
    assert 0 <= found <= 1
    assert found <= worked / max(worked + confused, 1)


@given(counts, counts)
def test_one_more_voice_moves_it_the_way_that_it_says(worked, confused):
    assert rank(worked + 1, confused) > rank(worked, confused)
    assert rank(worked, confused + 1) < rank(worked, confused) or worked == 0


@given(st.integers(1, 500), st.integers(0, 500), st.integers(2, 20))
def test_the_same_share_of_more_voices_counts_for_more(worked, confused, times):
    assert rank(worked * times, confused * times) > rank(worked, confused)


@given(st.lists(st.tuples(counts, counts, st.text(max_size=8)), max_size=20))
def test_a_list_begins_with_the_best_and_what_only_confused_stands_behind_what_nobody_judged(judged):
    ordered = sorted([*judged, (0, 0, "untried"), (0, 1, "confusing")], key=lambda each: place(*each))
    ranks = [rank(worked, confused) for worked, confused, _ in ordered]
    assert ranks == sorted(ranks, reverse=True)
    assert ordered.index((0, 0, "untried")) < ordered.index((0, 1, "confusing"))


@given(spans)
def test_words_count_until_the_very_second_of_their_end_and_not_in_it(before):
    told = {"is_newest": True, "is_withdrawn": False}
    assert standing(ENDS, at=ENDS - before, **told) is Standing.CURRENT
    assert standing(ENDS, at=ENDS, **told) is Standing.EXPIRED
    assert standing(ENDS, at=ENDS + before, **told) is Standing.EXPIRED


@given(st.booleans(), st.booleans(), st.timedeltas(min_value=-LONGEST, max_value=LONGEST))
def test_only_the_newest_that_is_not_withdrawn_is_ever_current(is_newest, is_withdrawn, passed):
    found = standing(ENDS, is_newest=is_newest, is_withdrawn=is_withdrawn, at=ENDS + passed)
    is_over = passed >= timedelta(0)
    assert (found is Standing.CURRENT) == (is_newest and not is_withdrawn and not is_over)


@given(spans)
def test_the_owner_is_told_before_the_end_and_a_fortnight_before_where_there_is_one(lasts):
    after = told_after(lasts)
    assert timedelta(0) <= after < lasts
    assert lasts - after <= RUNS_OUT_WITHIN
    assert runs_out(ENDS, at=ENDS - lasts + after)
    assert timedelta(0) < renewed_for(lasts) <= LONGEST


@pytest.mark.parametrize(
    ("typed", "tag"),
    [
        ("en", "en"),
        (" ES-mx ", "es-MX"),
        ("zh-hant", "zh-Hant"),
        ("zh-HANT-tw", "zh-Hant-TW"),
        ("es-419", "es-419"),
        ("", None),
        ("english", None),
        ("e", None),
        ("en_GB", None),
        ("en-\u202eGB", None),
        ("<b>", None),
    ],
)
def test_a_language_is_written_as_its_standard_writes_it(typed, tag):
    assert language_tag(typed) == tag


@pytest.mark.parametrize(
    ("written", "wanted", "does"),
    [("es", "es-MX", True), ("es-MX", "es", False), ("es", "ES", True), ("e", "es", False), ("es-MX", "es-419", False)],
)
def test_words_in_a_language_are_for_every_region_of_it(written, wanted, does):
    assert fits(written, wanted) is does
