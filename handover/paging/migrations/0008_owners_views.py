"""What the owner of a page that was not agreed on thinks: written once, by them alone, and while that page is open.

A trigger holds the last two, whatever writes the row. It is there for whoever its page is there for.
"""

import uuid
from importlib import import_module

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

holding = import_module("handover.transfers.migrations.0009_each_row_to_whom_it_may_concern").holding
of_a_parent = import_module("handover.transfers.migrations.0009_each_row_to_whom_it_may_concern").of_a_parent

TABLE = "paging_ownersview"
FORWARD = """
CREATE FUNCTION paging_a_view_is_its_owners() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM paging_page called JOIN paging_page before ON before.id = called.cause_id
        WHERE called.id = NEW.page_id AND called.cause = 'disagreement'
          AND called.state NOT IN ('done', 'withdrawn') AND before.owned_by_id = NEW.written_by_id;
    IF NOT FOUND THEN
        PERFORM transfers_refuse('whoever owns what was not agreed on says their own view, while the page is open');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER paging_a_view_is_its_owners BEFORE INSERT ON paging_ownersview
    FOR EACH ROW EXECUTE FUNCTION paging_a_view_is_its_owners();
CREATE TRIGGER paging_written_once BEFORE UPDATE OR DELETE ON paging_ownersview
    FOR EACH ROW EXECUTE FUNCTION transfers_never_changes();
"""
BACKWARD = """
DROP TRIGGER paging_written_once ON paging_ownersview;
DROP TRIGGER paging_a_view_is_its_owners ON paging_ownersview;
DROP FUNCTION paging_a_view_is_its_owners();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("paging", "0007_raised"),
        ("transfers", "0009_each_row_to_whom_it_may_concern"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="OwnersView",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("number", models.SmallIntegerField()),
                ("sealed", models.BinaryField()),
                ("written", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "page",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="views", to="paging.page"
                    ),
                ),
                (
                    "written_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("page", "number"), name="paging_one_view_of_a_number"),
                    models.CheckConstraint(condition=models.Q(("number__gte", 1)), name="paging_views_begin_at_one"),
                ],
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
        migrations.RunSQL(*holding(TABLE, of_a_parent(TABLE, "page_id", "paging_page"))),
    ]
