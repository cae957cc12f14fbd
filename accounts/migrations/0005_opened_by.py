"""What a session was opened by stays on its row, whatever is shown in it later."""

from typing import Any

from django.db import migrations, models
from django.db.models import F

FACTORS = [
    ("passkey", "Passkey"),
    ("totp", "Code of an app"),
    ("recovery", "Recovery code"),
    ("pin", "PIN of a shared phone"),
    ("sso", "The hospital's sign-in"),
    ("demonstration", "The demonstration's tap"),
]


def fill(apps: Any, _editor: Any) -> None:
    """Until now a session that ends with a shift was one that a PIN had opened; others were opened by what they show."""
    sessions = apps.get_model("accounts", "DeviceSession").objects.filter(verified__isnull=False)
    sessions.filter(until__isnull=False).update(opened_by="pin")
    sessions.filter(until__isnull=True).update(opened_by=F("factor"))


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_factor")]

    operations = [
        migrations.AddField(
            model_name="devicesession",
            name="opened_by",
            field=models.CharField(blank=True, choices=FACTORS, default="", max_length=16),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="devicesession",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("opened_by", ""), ("verified__isnull", True)),
                    models.Q(
                        ("opened_by__in", [value for value, _label in FACTORS]),
                        ("verified__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="accounts_opened_by_a_factor",
            ),
        ),
    ]
