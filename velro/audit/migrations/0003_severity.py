from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_indexes_for_operators")]

    operations = [
        migrations.AddField(
            model_name="auditevent",
            name="severity",
            field=models.CharField(
                choices=[("info", "Info"), ("warning", "Warning"), ("critical", "Critical")],
                db_default="info",
                default="info",
                max_length=8,
            ),
        ),
    ]
