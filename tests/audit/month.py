"""An invented month of a hospital, from a seed: 30 days, 400 staff, 5,000 patients, 60 snoops and 60 honest people.

It was written before the rules were tuned and knows none of their thresholds: what a snoop does is drawn from what such
a person would do (ten kinds, six of each), and so is what honest people do that looks like it (ten kinds, six of each).
Around them 400 people work their shifts: they search, open, care, stay late, look from home now and then, get new
telephones, print their ward's list, and break the glass in earnest. Nothing of that is labelled either way.
"""

import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from audit.rules.facts import Access, Act, Day, PatientFacts, PersonFacts, Shift, Tie

BEGINS = datetime(2026, 3, 2, 7, tzinfo=UTC)
HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
EACH = 6


@dataclass
class Staff:
    id: UUID
    role: str
    family: int
    unit: int
    is_nurse: bool
    works_nights: bool
    device: str
    devices: set[str] = field(default_factory=set)
    hours: set[int] = field(default_factory=set)
    sign_ins: int = 0
    own_patient: UUID | None = None


@dataclass
class Stay:
    id: UUID
    family: int
    unit: int
    came: datetime
    left: datetime
    staff: Staff | None = None
    is_vip: bool = False


@dataclass(frozen=True)
class Planted:
    """What was put there: of which kind, whose doing, on which day (0 to 29), about whom (None: about nobody)."""

    kind: str
    day: int
    person_id: UUID
    patient_id: UUID | None


class Month:
    """`days()` gives each day's facts in turn; `snoops` and `honest` say what was planted where."""

    def __init__(self, seed, *, days=30, staff=400, patients=5000, units=20, each=EACH):
        self.random = random.Random(seed)
        self.length, self.units, self.each = days, units, each
        self.facilities = [self._id(), self._id()]
        self._families = list(range(600))
        self._weights = [1 / (rank + 8) for rank in self._families]
        self.staff = [self._person(number) for number in range(staff)]
        self.stays = [self._stay() for _ in range(patients)]
        self._mark()
        self.snoops, self.honest = [], []
        self._plans = defaultdict(list)
        self._taken = set()
        self._next = 0
        self._plan()

    # People and patients

    def _id(self):
        return UUID(int=self.random.getrandbits(128))

    def _family(self):
        return self.random.choices(self._families, self._weights)[0]

    def _person(self, number):
        is_nurse = self.random.random() < 0.65
        return Staff(
            self._id(),
            "nurse" if is_nurse else "physician",
            self._family(),
            self.random.randrange(self.units),
            is_nurse,
            self.random.random() < 0.35,
            f"phone of {number}",
        )

    def _stay(self):
        came = BEGINS + self.random.uniform(-6, self.length) * DAY
        lasts = min(max(self.random.lognormvariate(1.1, 0.8), 0.2), 30) * DAY
        return Stay(self._id(), self._family(), self.random.randrange(self.units), came, came + lasts)

    def _mark(self):
        marked = self.random.sample(self.stays, max(len(self.stays) // 100, 20))
        people = self.random.sample(self.staff, len(marked))
        for stay, person in zip(marked, people, strict=True):
            stay.staff, stay.family, person.own_patient = person, person.family, stay.id
        for stay in self.random.sample(self.stays, max(len(self.stays) // 250, 10)):
            stay.is_vip = stay.staff is None

    def facility_of(self, unit):
        return self.facilities[unit % 2]

    # The days

    def days(self):
        """The facts of each day from seven to seven, in order. Once."""
        for number in range(self.length):
            yield self._day(number)

    def _day(self, number):
        begins = BEGINS + number * DAY
        self._now, self._events, self._shifts = begins, [], defaultdict(list)
        here = defaultdict(list)
        for stay in self.stays:
            if stay.came < begins + DAY and stay.left > begins:
                here[stay.unit].append(stay)
        self._here = here
        self._on_duty = {}
        self._habits = {each.id: (frozenset(each.devices), frozenset(each.hours), each.sign_ins) for each in self.staff}
        planned = {person.id for _, person in self._plans[number]}
        for person in self.staff:
            self._work(person, number, must=person.id in planned)
        for plan, person in self._plans[number]:
            plan(self, number, person)
        self._honest_emergencies()
        return self._facts(number)

    def _facts(self, number):
        people = {
            each.id: PersonFacts(
                each.role, frozenset({b"family %d" % each.family}), *self._habits[each.id], len(self._here[each.unit])
            )
            for each in self.staff
        }
        known = {access.patient_id for access in self._events if access.patient_id}
        by_id = self._by_id
        patients = {
            each: PatientFacts(
                frozenset({b"family %d" % by_id[each].family}),
                by_id[each].staff.id if by_id[each].staff else None,
                by_id[each].is_vip,
                by_id[each].left if by_id[each].left <= self._now + DAY else None,
            )
            for each in known
        }
        return Day(sorted(self._events, key=lambda access: access.at), people, patients, dict(self._shifts))

    @property
    def _by_id(self):
        if not hasattr(self, "_index"):
            self._index = {stay.id: stay for stay in self.stays}
        return self._index

    # What people do at work

    def _works_on(self, person, number):
        phase = (person.id.int + number) % 7
        return phase < (4 if person.is_nurse else 5)

    def _work(self, person, number, *, must):
        if not must and not self._works_on(person, number):
            if self.random.random() < 0.015:
                self._look_from_home(person)
            return
        is_night = person.works_nights and (person.id.int // 7 + number // 7) % 2 == 0
        hours = 12 if person.is_nurse else self.random.choice([9, 10, 12])
        begins = self._now + (12 * HOUR if is_night else 0 * HOUR) + self.random.uniform(-15, 15) * MINUTE
        shift = self.shift(person, begins, begins + hours * HOUR)
        self._round(person, shift, person.unit)

    def shift(self, person, begins, ends):
        """They sign in, are on duty, and their telephone and hours are known from now on."""
        shift = Shift(begins, ends)
        self._shifts[person.id].append(shift)
        self._on_duty[person.id] = shift
        if self.random.random() < 0.008:
            person.device = f"phone {self.random.getrandbits(40)}"
        person.devices.add(person.device)
        person.sign_ins += 1
        hour = begins
        while hour <= ends:
            person.hours.add(hour.hour)
            hour += HOUR
        return shift

    def _round(self, person, shift, unit):
        around = self._here[unit]
        most = 7 if person.is_nurse else 16
        mine = self.random.sample(around, min(len(around), self.random.randint(most // 2, most)))
        for stay in mine:
            for _ in range(self.random.randint(1, 4)):
                self.open(person, stay, Tie.OWN, self._within(shift))
            if self.random.random() < 0.8:
                self.care(person, stay, Tie.OWN, self._within(shift))
        for stay in self.random.sample(around, min(len(around), self.random.randint(0, 5))):
            self.open(person, stay, Tie.OWN if stay in mine else Tie.ON_DUTY, self._within(shift))
        self._look_up(person, shift)
        if self.random.random() < 0.12:
            self.print_list(person, shift, len(mine) if self.random.random() < 0.5 else len(around))
        if self.random.random() < 0.1:
            for stay in mine[: self.random.randint(1, 4)]:
                self._write_up(person, stay, shift.ends + self.random.uniform(2, 100) * MINUTE, Tie.OWN)

    def _look_up(self, person, shift):
        for _ in range(self.random.randint(0, 4)):
            at = self._within(shift)
            for again in range(self.random.choice([1, 1, 1, 2, 3])):
                self.search(person, at + again * timedelta(seconds=20))

    def _write_up(self, person, stay, at, tie):
        self.open(person, stay, tie, at)
        self.care(person, stay, tie, at + 4 * MINUTE)

    def _look_from_home(self, person):
        at = self._now + self.random.uniform(0, 16) * HOUR
        for stay in self.random.sample(self._here[person.unit], min(len(self._here[person.unit]), 1)):
            self.open(person, stay, self.random.choice([Tie.OWN, Tie.UNIT]), at)

    def _honest_emergencies(self):
        for _ in range(self.random.choice([0, 0, 1, 1, 2])):
            person = self.random.choice(self.staff)
            shift = self._on_duty.get(person.id)
            stay = self.present()
            if shift and stay.unit != person.unit:
                self.open(person, stay, Tie.EMERGENCY, self._within(shift))

    def present(self, *, but=None):
        """A patient who is in the house today, in another unit than `but`."""
        while True:
            unit = self.random.randrange(self.units)
            if self._here[unit] and unit != but:
                return self.random.choice(self._here[unit])

    def _within(self, shift):
        return shift.begins + self.random.random() * (shift.ends - shift.begins)

    # Events

    def open(self, person, stay, tie, at, *, device=None, unit=None):
        self._put(person, Act.OPENED, stay, tie, at, device=device, unit=unit)

    def care(self, person, stay, tie, at):
        self._put(person, Act.CARED, stay, tie, at)

    def search(self, person, at):
        self._put(person, Act.SEARCHED, None, Tie.NONE, at)

    def print_list(self, person, shift, patients):
        self._put(person, Act.TAKEN_OUT, None, Tie.NONE, self._within(shift), patients=max(patients, 1))

    def _put(self, person, act, stay, tie, at, *, device=None, unit=None, patients=1):
        self._next += 1
        where = self.facility_of(person.unit if unit is None else unit)
        patient_id = stay.id if stay else None
        device = device or person.device
        self._events.append(Access(self._next, at, person.id, act, patient_id, tie, device, where, patients))

    # What is planted

    def _plan(self):
        from tests.audit import planted

        for kinds, where in ((planted.SNOOPS, self.snoops), (planted.HONEST, self.honest)):
            for kind in kinds:
                for _ in range(self.each):
                    self._plant(kind, where)

    def _plant(self, kind, where):
        def run(month, number, person):
            patient_id = kind(month, person)
            where.append(Planted(kind.__name__, number, person.id, patient_id))

        person = self.random.choice([each for each in self.staff if each.id not in self._taken])
        self._taken.add(person.id)
        # Not in the first days: there nobody has habits, neither the honest nor the others.
        self._plans[self.random.randrange(self.length // 3, self.length)].append((run, person))
