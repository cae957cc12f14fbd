"""Misspelt names are found by the index always, and half alike is alike enough.

After many people were written at once (a directory's first run) the index keeps them in a pending list, which makes it
look dearer to the planner than reading everybody: 200 ms of CPU instead of 8, until the next autovacuum. People are
written seldom, so the list is done without. docs/decisions/0063.
"""

from django.db import migrations

FORWARD = """
ALTER INDEX people_alike_index SET (fastupdate = off);
SELECT gin_clean_pending_list('people_alike_index');
ALTER FUNCTION people_alike(text, text, int) SET enable_seqscan = off;
-- 0.5: one letter wrong, missing or too much in a word of five is found; two words that share a syllable are not.
ALTER FUNCTION people_alike(text, text, int) SET pg_trgm.word_similarity_threshold = 0.5;
"""
BACKWARD = """
ALTER FUNCTION people_alike(text, text, int) SET pg_trgm.word_similarity_threshold = 0.4;
ALTER FUNCTION people_alike(text, text, int) RESET enable_seqscan;
ALTER INDEX people_alike_index RESET (fastupdate);
"""


class Migration(migrations.Migration):
    dependencies = [("people", "0003_two_people")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
