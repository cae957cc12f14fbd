from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("paging", "0003_closed_by_itself"),
    ]

    operations = [
        migrations.AlterField(
            model_name="page",
            name="cause",
            field=models.CharField(
                choices=[
                    ("by_hand", "by hand"),
                    ("news2", "proposed by NEWS2"),
                    ("unread_handover", "a handover that nobody has accepted"),
                    ("disagreement", "whoever sent a page does not agree with its owner"),
                ],
                default="by_hand",
                max_length=24,
            ),
        ),
    ]
