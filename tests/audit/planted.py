"""What snoops do, ten kinds, and what honest people do that looks like it, ten kinds.

Each takes the month and a person who works on this day, puts their doings there, and gives the patient they are about
(None: about nobody in particular). The numbers are what such a person would do, whatever a rule may make of them.
"""

from datetime import timedelta

from audit.rules.facts import Tie

HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)


def _some_time(month, person):
    return month._within(month._on_duty[person.id])


def _off_duty(month, person):
    """A time well away from today's shift, within the day."""
    shift = month._on_duty[person.id]
    return shift.ends + month.random.uniform(1.5, 9) * HOUR


def _again(month, person, stay, tie, at, **more):
    for number in range(month.random.randint(1, 5)):
        month.open(person, stay, tie, at + number * month.random.uniform(1, 5) * MINUTE, **more)


def _way_in(month):
    """How somebody gets to a record that is no business of theirs: the ward's list from home, or the glass."""
    return month.random.choice([Tie.UNIT, Tie.UNIT, Tie.EMERGENCY])


def _present(month, person, wanted):
    found = [stay for stays in month._here.values() for stay in stays if wanted(stay)]
    return month.random.choice(found) if found else None


# Snoops


def own_record(month, person):
    stay = month.present()
    stay.staff = person
    tie = month.random.choice([Tie.ON_DUTY, Tie.UNIT, Tie.EMERGENCY])
    _again(month, person, stay, tie, _some_time(month, person))
    return stay.id


def a_relative(month, person):
    stay = month.present()
    stay.family = person.family
    tie = _way_in(month)
    at = _some_time(month, person) if tie is Tie.EMERGENCY else _off_duty(month, person)
    _again(month, person, stay, tie, at)
    return stay.id


def a_colleague(month, person):
    stay = _present(month, person, lambda each: each.staff and each.staff is not person) or month.present()
    stay.staff = stay.staff or next(each for each in month.staff if each is not person)
    tie = _way_in(month)
    _again(month, person, stay, tie, _some_time(month, person))
    return stay.id


def somebody_famous(month, person):
    stay = _present(month, person, lambda each: each.is_vip) or month.present()
    stay.is_vip = True
    _again(month, person, stay, _way_in(month), _some_time(month, person))
    return stay.id


def the_glass_without_need(month, person):
    stay = month.present(but=person.unit)
    _again(month, person, stay, Tie.EMERGENCY, _some_time(month, person))
    return stay.id


def a_harvest(month, person):
    at, many = _some_time(month, person), month.random.randint(45, 140)
    everybody = [stay for stays in month._here.values() for stay in stays]
    for stay in month.random.sample(everybody, min(many, len(everybody))):
        at += month.random.uniform(5, 60) * SECOND
        month.open(person, stay, month.random.choice([Tie.UNIT, Tie.ON_DUTY]), at)


def a_walk_through_names(month, person):
    at = _some_time(month, person)
    for _ in range(month.random.randint(12, 45)):
        at += month.random.uniform(4, 50) * SECOND
        month.search(person, at)
        if month.random.random() < 0.04:
            month.open(person, month.present(), Tie.UNIT, at + 3 * SECOND)


def somebody_who_left(month, person):
    gone = [stay for stay in month.stays if stay.left < month._now - 3.2 * 24 * HOUR and not stay.staff]
    stay = month.random.choice(gone)
    _again(month, person, stay, month.random.choice([Tie.OWN, Tie.UNIT]), _some_time(month, person))
    return stay.id


def a_stolen_login(month, person):
    shift = month._on_duty[person.id]
    device = f"device {month.random.getrandbits(32)}"
    if month.random.random() < 0.4:
        # In the other house, while they work in theirs.
        at = month._within(shift)
        month.open(person, month.random.choice(month._here[person.unit]), Tie.ON_DUTY, at)
        at, unit = at + month.random.uniform(2, 12) * MINUTE, person.unit + 1
    else:
        at, unit = _off_duty(month, person), person.unit
    stay = month.present()
    month.open(person, stay, Tie.UNIT, at, device=device, unit=unit)
    for _ in range(month.random.randint(1, 9)):
        at += month.random.uniform(20, 200) * SECOND
        month.open(person, month.present(), Tie.UNIT, at, device=device, unit=unit)
    return None


def a_list_taken_home(month, person):
    month.print_list(person, month._on_duty[person.id], month.random.randint(50, 400))


# Honest


def a_colleague_in_care(month, person):
    stay = month.present()
    stay.staff = next(each for each in month.staff if each is not person)
    _again(month, person, stay, Tie.OWN, _some_time(month, person))
    month.care(person, stay, Tie.OWN, _some_time(month, person))
    return stay.id


def the_same_name_in_care(month, person):
    stay = month.present()
    stay.family = person.family
    tie = month.random.choice([Tie.OWN, Tie.ON_DUTY])
    _again(month, person, stay, tie, _some_time(month, person))
    return stay.id


def floating(month, person):
    """A float nurse: on duty in another unit than ever before, for a whole shift."""
    shift = month._on_duty[person.id]
    unit = (person.unit + 2 * month.random.randint(1, 4)) % month.units
    here = month._here[unit]
    stays = month.random.sample(here, min(len(here), month.random.randint(5, 9)))
    for stay in stays:
        _again(month, person, stay, Tie.ON_DUTY, month._within(shift), unit=unit)
    return stays[0].id if stays else None


def cross_cover(month, person):
    """A physician covers several units for a night: many patients, all of units in which they are on duty."""
    shift = month._on_duty[person.id]
    stays = [stay for step in (0, 2, 4) for stay in month._here[(person.unit + step) % month.units]]
    for stay in month.random.sample(stays, min(len(stays), month.random.randint(18, 34))):
        month.open(person, stay, Tie.ON_DUTY, month._within(shift))
        if month.random.random() < 0.3:
            month.care(person, stay, Tie.ON_DUTY, month._within(shift))
    return None


def an_extra_night(month, person):
    """Somebody of the days works a night, on duty, with the telephone they always have."""
    shift = month._on_duty[person.id]
    begins = shift.ends + month.random.uniform(0, 1) * HOUR
    night = month.shift(person, begins, begins + 8 * HOUR)
    stays = month._here[person.unit][:8]
    for stay in stays:
        month.open(person, stay, Tie.ON_DUTY, month._within(night))
    return stays[0].id if stays else None


def after_discharge(month, person):
    """Follow-up of somebody who went home: the letter has to be written."""
    gone = [stay for stay in month.stays if stay.left < month._now - 3.2 * 24 * HOUR and not stay.staff]
    stay, at = month.random.choice(gone), _some_time(month, person)
    month.open(person, stay, Tie.OWN, at)
    month.care(person, stay, Tie.OWN, at + month.random.uniform(2, 60) * MINUTE)
    return stay.id


def somebody_famous_in_care(month, person):
    stay = month.present()
    stay.is_vip = True
    _again(month, person, stay, month.random.choice([Tie.OWN, Tie.ON_DUTY]), _some_time(month, person))
    return stay.id


def a_new_phone(month, person):
    shift = month._on_duty[person.id]
    person.device = f"new phone {month.random.getrandbits(32)}"
    stay = month.random.choice(month._here[person.unit])
    for _ in range(4):
        month.open(person, stay, Tie.OWN, month._within(shift))
    return stay.id


def a_name_hard_to_spell(month, person):
    """They try again and again, and open whom they find; a bed manager looks up one after the other."""
    at = _some_time(month, person)
    for number in range(month.random.randint(6, 15)):
        at += month.random.uniform(10, 60) * SECOND
        month.search(person, at)
        if number % 3 == 2:
            month.open(person, month.present(), Tie.ON_DUTY, at + 10 * SECOND)
    return None


def late_writing(month, person):
    shift = month._on_duty[person.id]
    stay = month.random.choice(month._here[person.unit])
    at = shift.ends + month.random.uniform(5, 200) * MINUTE
    month.open(person, stay, Tie.UNIT, at)
    month.care(person, stay, Tie.UNIT, at + month.random.uniform(3, 25) * MINUTE)
    return stay.id


SNOOPS = (
    own_record,
    a_relative,
    a_colleague,
    somebody_famous,
    the_glass_without_need,
    a_harvest,
    a_walk_through_names,
    somebody_who_left,
    a_stolen_login,
    a_list_taken_home,
)
HONEST = (
    a_colleague_in_care,
    the_same_name_in_care,
    floating,
    cross_cover,
    an_extra_night,
    after_discharge,
    somebody_famous_in_care,
    a_new_phone,
    a_name_hard_to_spell,
    late_writing,
)
