"""What the test for canaries reads of the write-ahead log is what was written to it."""

import re

import pytest
from django.db import connection

from config.roles import as_owner
from tests.canary.canaries import WORD, new_word
from tests.canary.places import Database

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 4000  # at some eighty bytes a row, over some forty pages of the log


@pytest.fixture
def written(transactional_db):
    """The reader of the log, and words that were written to it one after the other."""
    words = [new_word() for _ in range(MANY)]
    database = Database()
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("CREATE TABLE canary_words AS SELECT unnest(%s::text[]) AS value", [words])
    yield database, words
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("DROP TABLE canary_words")


def test_a_value_is_found_in_the_log_also_where_a_page_ends_in_its_midst(written):
    database, words = written
    found = {
        word for _, data in database.write_ahead_log() for word in re.findall(rb"%b[a-u]{11}" % WORD.encode(), data)
    }
    assert {word.encode() for word in words} - found == set()
