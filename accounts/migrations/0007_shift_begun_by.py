"""The sign-in that began a shift on a shared phone. Shifts that run now have none, and end within twelve hours."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_may_act")]

    operations = [
        migrations.AddField(
            model_name="phoneshift",
            name="begun_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.devicesession"
            ),
        ),
    ]
