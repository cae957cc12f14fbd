"""The policies of handovers and moves, asked one row by one row or for the whole set (patients 0009)."""

from importlib import import_module

from django.db import migrations

one_or_many = import_module("handover.patients.migrations.0009_one_or_many").one_or_many
OF_A_PATIENT = ("transfers_transfer", "transfers_handover", "transfers_responsibility", "transfers_openaction")


class Migration(migrations.Migration):
    dependencies = [("transfers", "0009_each_row_to_whom_it_may_concern"), ("patients", "0009_one_or_many")]
    operations = [migrations.RunSQL(*one_or_many(table, "patient_id")) for table in OF_A_PATIENT]
