"""People are found by words that may be misspelt: groups of three letters, with an index, in PostgreSQL's own pg_trgm.

pg_trgm is a trusted extension: whoever may create in the database may add it, and no superuser is needed. Where the
owner may not, the database's administrator runs CREATE EXTENSION pg_trgm once. docs/decisions/0063.
"""

from django.db import migrations

FORWARD = """
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE INDEX people_alike_index ON accounts_person
    USING gin (lower(display_name || ' ' || email) gin_trgm_ops);

-- 0.4: one letter wrong, missing or too much in a word of five is found; two words that share a syllable are not.
CREATE FUNCTION people_alike(words text, in_role text, at_most int) RETURNS TABLE (id uuid)
LANGUAGE sql STABLE SET pg_trgm.word_similarity_threshold = 0.4 AS $$
    SELECT p.id FROM accounts_person p
    WHERE words <% lower(p.display_name || ' ' || p.email) AND in_role IN ('', p.role)
    ORDER BY p.is_active DESC, word_similarity(words, lower(p.display_name || ' ' || p.email)) DESC,
        p.display_name, p.id
    LIMIT at_most
$$;
"""
BACKWARD = """
DROP FUNCTION people_alike(text, text, int);
DROP INDEX people_alike_index;
"""


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial"), ("accounts", "0004_factor")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
