"""Who outside keeps what the log has signed, and the verifications that somebody asked for."""

import uuid

import django.db.models.functions.datetime
from django.db import migrations, models

# As the other tables of the log: added to, never changed, whatever the session's replication role is.
COSIGNATURES = """
CREATE TABLE ledger_cosignature (
    size bigint NOT NULL CHECK (size > 0),
    witness text NOT NULL CHECK (witness <> ''),
    line text NOT NULL,
    seen timestamptz NOT NULL,
    PRIMARY KEY (witness, size)
);
CREATE TRIGGER ledger_cosignature_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_cosignature
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
ALTER TABLE ledger_cosignature ENABLE ALWAYS TRIGGER ledger_cosignature_is_append_only;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_who_counts")]
    operations = [
        migrations.RunSQL(COSIGNATURES),
        migrations.CreateModel(
            name="Cosignature",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "witness", "size", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("size", models.BigIntegerField()),
                ("witness", models.TextField()),
                ("line", models.TextField()),
                ("seen", models.DateTimeField()),
            ],
            options={"db_table": "ledger_cosignature", "managed": False},
        ),
        migrations.CreateModel(
            name="Asked",
            fields=[
                ("witness", models.CharField(max_length=255, primary_key=True, serialize=False)),
                ("next", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("answer", models.CharField(db_default="", max_length=16)),
                ("known", models.BigIntegerField(null=True)),
                ("failures", models.IntegerField(db_default=0)),
                ("answered", models.DateTimeField(null=True)),
            ],
            options={"db_table": "ledger_asked"},
        ),
        migrations.CreateModel(
            name="Verification",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("asked_by", models.UUIDField()),
                ("started", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("looked", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("ended", models.DateTimeField(null=True)),
                ("places", models.BigIntegerField(db_default=0)),
                ("expected", models.BigIntegerField()),
                ("outcome", models.CharField(db_default="", max_length=16)),
                ("words", models.TextField(db_default="")),
                ("bad_place", models.BigIntegerField(null=True)),
            ],
            options={"db_table": "ledger_verification"},
        ),
        migrations.AddConstraint(
            model_name="verification",
            constraint=models.UniqueConstraint(
                models.Value(1), condition=models.Q(ended=None), name="ledger_one_verification_at_a_time"
            ),
        ),
        migrations.AddConstraint(
            model_name="verification",
            constraint=models.CheckConstraint(
                condition=models.Q(ended=None, outcome="")
                | models.Q(ended__isnull=False, outcome__in=["good", "tampered", "not_provable", "broken_off"]),
                name="ledger_a_verification_ends_with_an_outcome",
            ),
        ),
    ]
