"""Filters for a person's name, birth date, age and sex: handover/patients/wording.py, with the ward's day of today."""

from django import template
from django.utils import timezone

from handover.duty.rules.beds import bed_in
from handover.patients import wording

register = template.Library()
register.filter("full_name", wording.full_name)
register.filter("born", wording.born_words)
register.filter("date_words", wording.date_words)
register.filter("bed_in", bed_in)
register.filter("sex_word", wording.sex_word)
register.filter("sex_letter", wording.sex_letter)


@register.filter
def age_of_person(birth_date: str) -> str:
    """The age today, by the ward's calendar."""
    return wording.age_of_person(birth_date, today=timezone.localdate())
