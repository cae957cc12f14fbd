"""A step names the ways by which it reaches people, in words that are known; and who was reached by others has it said.

Rows from before name none, and stay as they are: they go by the house's ways.
"""

from django.db import migrations, models
from django.db.models.lookups import Exact

WORDS = " || ".join(f'@ == "{way}"' for way in ("app", "sms", "voice", "pager", "email"))
WRONG_WAYS = f'strict $[*] ? (exists(@.ways) && (@.ways.type() != "array" || exists(@.ways[*] ? (@.type() != "string" || !({WORDS})))))'


def known_ways(name):
    """Of the steps in a row of this table."""
    wrong = models.Func(
        models.F("steps"),
        models.Value(WRONG_WAYS),
        function="jsonb_path_exists",
        output_field=models.BooleanField(),
    )
    return models.CheckConstraint(condition=Exact(wrong, False), name=name)


class Migration(migrations.Migration):
    dependencies = [("paging", "0005_follows_the_patient")]

    operations = [
        migrations.AddField("pageask", "by_other_ways", models.BooleanField(default=False)),
        migrations.AddConstraint("page", known_ways("paging_ways_of_a_page")),
        migrations.AddConstraint("unitpolicy", known_ways("paging_ways_of_a_policy")),
    ]
