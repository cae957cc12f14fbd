"""Which words an agent may use for a call, which run out, who may own them, and how they have gone."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery

from accounts.models import CLINICAL_ROLES, Person, Role
from handover.calls.scripts.models import Judgement, Script, ScriptUse, ScriptVersion
from handover.calls.scripts.rules import Standing, fits, place, runs_out, standing
from handover.duty.selectors import live_roles, schedules_of

# Whoever has turns as a unit's lead in so many days answers for the unit, off duty too.
_AHEAD = timedelta(days=14)
# What an agent can still say of their own calls: those of a shift.
A_SHIFT = timedelta(hours=12)
MOST_USES = 3


@dataclass(frozen=True)
class Words:
    """The version of a script that counts, how it stands, and what agents have said of these very words."""

    script: Script
    version: ScriptVersion
    standing: Standing
    runs_out: bool
    worked: int
    confused: int

    @property
    def is_current(self) -> bool:
        return self.standing is Standing.CURRENT


def newest() -> QuerySet[ScriptVersion]:
    """Of each script the version that counts, with its script, owner and author."""
    numbers = ScriptVersion.objects.filter(script=OuterRef("script")).order_by("-number").values("number")[:1]
    return ScriptVersion.objects.filter(number=Subquery(numbers)).select_related("script__owner", "author")


def words_in(versions: Collection[ScriptVersion], *, at: datetime) -> list[Words]:
    """What is to be known of each of these newest versions. One query."""
    counted = _judged([version.script_id for version in versions])
    return [
        Words(
            script=version.script,
            version=version,
            standing=standing(
                version.valid_until, is_newest=True, is_withdrawn=version.script.withdrawn is not None, at=at
            ),
            runs_out=runs_out(version.valid_until, at=at),
            worked=counted[version.script_id, Judgement.How.WORKED.value],
            confused=counted[version.script_id, Judgement.How.CONFUSED.value],
        )
        for version in versions
    ]


def offered(*, reason: str, language: str, at: datetime) -> list[Words]:
    """What an agent may say in such a call: in the order of a call, of each kind the best first.

    Without a reason those for calls of every reason; without a language those of every language.
    """
    rows = newest().filter(script__withdrawn__isnull=True, script__reason__in={"", reason}, valid_until__gt=at)
    versions = [version for version in rows if not language or fits(version.script.language, language)]
    kinds = Script.Kind.values
    return sorted(
        words_in(versions, at=at),
        key=lambda each: (kinds.index(each.script.kind), *place(each.worked, each.confused, each.script.name)),
    )


def kept(*, at: datetime) -> list[Words]:
    """Every script that is not withdrawn, what ends first at the top."""
    rows = newest().filter(script__withdrawn__isnull=True).order_by("valid_until", "script__name", "pk")
    return words_in(rows, at=at)


def history_of(script_id: UUID) -> list[ScriptVersion]:
    """Its versions, the newest first."""
    return list(ScriptVersion.objects.filter(script=script_id).select_related("author").order_by("-number"))


def uses_of(agent_id: UUID, *, at: datetime) -> list[ScriptUse]:
    """What this agent has used in the last hours, the latest first, with what they said of it."""
    rows = ScriptUse.objects.filter(agent=agent_id, at__gt=at - A_SHIFT)
    return list(rows.select_related("version__script", "judgement").order_by("-at")[:MOST_USES])


def languages() -> list[str]:
    """The languages that there are words in."""
    rows = Script.objects.filter(withdrawn__isnull=True)
    return list(rows.order_by("language").values_list("language", flat=True).distinct())


def leads(*, at: datetime) -> set[UUID]:
    """Who has turns as the lead of some unit in the next two weeks."""
    roles = list(live_roles().filter(is_lead=True).values_list("pk", flat=True))
    found = schedules_of(roles, starts=at, ends=at + _AHEAD) if roles else {}
    return {one.person_id for stretches in found.values() for one in stretches if one.person_id}


def who_may_own(*, at: datetime) -> QuerySet[Person]:
    """Administrators, and clinicians who lead a unit: who can answer for what the house tells its callers."""
    leading = Q(role__in=CLINICAL_ROLES, pk__in=leads(at=at))
    return Person.objects.filter(Q(role=Role.ADMINISTRATOR) | leading, is_active=True).order_by("display_name", "pk")


def may_keep(person: Person, *, at: datetime) -> bool:
    """Whether they may write scripts and see all of them: who may own one, or does."""
    if person.role == Role.ADMINISTRATOR:
        return True
    if person.role not in CLINICAL_ROLES:
        return False
    return Script.objects.filter(owner=person, withdrawn__isnull=True).exists() or person.pk in leads(at=at)


def _judged(script_ids: Collection[UUID]) -> dict[tuple[UUID, str], int]:
    """(script, how) -> how often. Of these very words: what was said of others is no voice on them."""
    present = ScriptVersion.objects.filter(script=OuterRef("use__version__script")).order_by("-number")
    rows = Judgement.objects.filter(use__version__script__in=script_ids).annotate(
        words=Subquery(present.values("text")[:1])
    )
    counted = rows.filter(use__version__text=F("words")).values_list("use__version__script", "how")
    found: dict[tuple[UUID, str], int] = defaultdict(int)
    found.update({(script_id, how): count for script_id, how, count in counted.annotate(count=Count("pk"))})
    return found
