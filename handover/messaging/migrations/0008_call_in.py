"""Calling people in, and the trigger that keeps its answers and the others apart, whatever wrote the row."""

from django.conf import settings
from django.db import migrations, models

FITS = """
CREATE FUNCTION messaging_answer_fits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.answer IN ('coming', 'not_coming')) IS DISTINCT FROM
        (SELECT m.is_call_in FROM messaging_message m WHERE m.id = NEW.message_id)
    THEN
        PERFORM transfers_refuse('whoever is called in says whether they come, and nobody else does');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER messaging_answer_fits BEFORE INSERT ON messaging_acknowledgement
    FOR EACH ROW EXECUTE FUNCTION messaging_answer_fits();
"""
BACKWARD = "DROP FUNCTION messaging_answer_fits() CASCADE;"


class Migration(migrations.Migration):
    dependencies = [
        ("duty", "0006_who_was_reachable"),
        ("messaging", "0007_files_stay"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="acknowledgement",
            name="messaging_an_answer_is_given_once",
        ),
        migrations.AddField(
            model_name="message",
            name="is_call_in",
            field=models.BooleanField(default=False),
        ),
        migrations.AlterField(
            model_name="acknowledgement",
            name="answer",
            field=models.CharField(
                choices=[
                    ("owned", "I own it"),
                    ("busy", "Busy, pass on"),
                    ("wrong_person", "Wrong person"),
                    ("done", "Done"),
                    ("coming", "I am coming"),
                    ("not_coming", "I cannot come"),
                ],
                max_length=16,
            ),
        ),
        migrations.AddConstraint(
            model_name="acknowledgement",
            constraint=models.UniqueConstraint(
                condition=models.Q(("answer__in", ["coming", "not_coming"]), _negated=True),
                fields=("message", "person", "revision", "answer"),
                name="messaging_an_answer_is_given_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("is_call_in", False),
                    models.Q(("level__in", ["urgent", "emergency"]), ("to_role__isnull", True)),
                    _connector="OR",
                ),
                name="messaging_a_call_in_cannot_wait",
            ),
        ),
        migrations.RunSQL(FITS, BACKWARD),
    ]
