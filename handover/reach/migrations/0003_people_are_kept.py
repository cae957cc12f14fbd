"""The server may delete the canary's deliveries, and no person's: what was tried to reach somebody stays."""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION reach_a_persons_delivery_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a delivery to a person is kept' USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER reach_people_are_kept BEFORE DELETE ON reach_delivery
    FOR EACH ROW WHEN (OLD.person_id IS NOT NULL) EXECUTE FUNCTION reach_a_persons_delivery_is_kept();
"""
BACKWARDS = """
DROP TRIGGER reach_people_are_kept ON reach_delivery;
DROP FUNCTION reach_a_persons_delivery_is_kept();
"""


class Migration(migrations.Migration):
    dependencies = [("reach", "0002_answers")]

    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
