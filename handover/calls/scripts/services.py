"""Words for callers are written, versioned, handed over and withdrawn by their owner; agents use and judge them.

Each act is one transaction, on the record by ids: the words are in the version, which is never changed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.actors import PURPOSE, Actor
from accounts.models import Person, Role
from accounts.visible import visible
from handover.calls.scripts.models import LONGEST_NAME, LONGEST_TEXT, Judgement, Script, ScriptUse, ScriptVersion
from handover.calls.scripts.rules import LONGEST, Standing, language_tag, renewed_for, standing, told_after
from handover.calls.scripts.selectors import may_keep, who_may_own
from handover.patients.acts import Act, again, framed
from ledger.agents import Entity
from ledger.services import Detail, record
from live.clock import database_now
from live.inbox import Announcement, Subject
from live.refusals import Conflict, Denied, Invalid, NotFound
from live.statements import Statement
from live.timers import drop_timer, set_timer

WRITTEN, CHANGED, HANDED_OVER = "script.written", "script.changed", "script.handed_over"
WITHDRAWN, USED, JUDGED = "script.withdrawn", "script.used", "script.judged"
# The timer of a version, and what its owner is told when it fires.
EXPIRING, KIND = "script.expiring", "script_version"
STALE = "stale"
# Whoever withdraws it or writes the next version waits, and is waited for; agents do not wait for each other.
_SHARED = Statement("SELECT 1 FROM scripts_script WHERE id = %s::uuid FOR SHARE")


@dataclass(frozen=True)
class NewScript:
    """A script as it is filled in. `reason` empty: for every reason."""

    kind: str
    reason: str
    language: str
    name: str


@dataclass(frozen=True)
class Wording:
    """Words as they are filled in, and until when they are good (aware)."""

    text: str
    valid_until: datetime


def require_keeper(person: Person, *, at: datetime) -> None:
    """Raises Denied for whoever may not write scripts, and owns none."""
    if not may_keep(person, at=at):
        words = _("Administrators, and whoever leads a unit, keep the words for callers. Ask one of them.")
        raise Denied(words, code="no_keeper", act=CHANGED)


def write_script(actor: Actor, *, key: UUID, new: NewScript, wording: Wording) -> Script:
    """A script with its first version, of which this person is the owner. The words name nobody.

    Raises Denied for whoever may own none, and Invalid for what is not filled in, or is good for more than a year.
    """
    with framed(Act, actor, key=key, event=WRITTEN) as act:
        at = database_now()
        require_keeper(actor.person, at=at)
        if act.earlier:
            return again(act, Script.objects.filter(owner=actor.person))
        row = Script(
            kind=new.kind,
            reason=new.reason,
            language=language_tag(new.language) or "",
            name=visible(new.name),
            owner=actor.person,
        )
        text = _seen(wording.text)
        _require(_wrong_of_script(row) | _wrong_of_words(text, wording.valid_until, at=at), act=WRITTEN)
        row.save(force_insert=True)
        _add(actor, row, number=1, text=text, valid_until=wording.valid_until, at=at)
        _note(actor, WRITTEN, row, {"kind": row.kind, "language": row.language})
        act.settle(row.pk)
        return row


def write_version(actor: Actor, *, key: UUID, script_id: UUID, seen: int, wording: Wording) -> ScriptVersion:
    """The next version, whose words count from now on. `seen`: the number of the one that was changed.

    Raises Conflict (code "stale") where there is a newer one by now: nothing is written, and whoever asks still has
    what they wrote. Raises NotFound, Denied for whoever does not own it, Invalid, and Conflict for a withdrawn one.
    """
    with framed(Act, actor, key=key, event=CHANGED) as act:
        script, at = _locked(actor, script_id), database_now()
        if act.earlier:
            return again(act, ScriptVersion.objects.filter(script=script))
        last = _last(script)
        if last.number != seen:
            words = _("Somebody has changed it since you opened it. Your words are below, beside theirs: look at both.")
            raise Conflict(words, code=STALE, subject_id=script_id)
        text = _seen(wording.text)
        _require(_wrong_of_words(text, wording.valid_until, at=at), act=CHANGED)
        drop_timer(EXPIRING, last.pk)
        row = _add(actor, script, number=last.number + 1, text=text, valid_until=wording.valid_until, at=at)
        _note(actor, CHANGED, script, {"number": row.number})
        act.settle(row.pk)
        return row


def renew(actor: Actor, *, key: UUID, script_id: UUID, seen: int) -> ScriptVersion:
    """The same words once more, for as long as before, from now. Raises what write_version does."""
    last = ScriptVersion.objects.filter(script=script_id, number=seen).first()
    if last is None:
        raise NotFound(act=CHANGED, subject_id=script_id)
    until = database_now() + renewed_for(last.valid_until - last.at)
    return write_version(actor, key=key, script_id=script_id, seen=seen, wording=Wording(last.text, until))


def hand_over_ownership(actor: Actor, *, key: UUID, script_id: UUID, to_id: UUID) -> Script:
    """Somebody else answers for it from now on. Raises NotFound, Denied, and Invalid for one who may own none."""
    with framed(Act, actor, key=key, event=HANDED_OVER, leads_to=script_id) as act:
        if act.earlier:
            return again(act, Script.objects.filter(pk=script_id))
        script = _locked(actor, script_id)
        to = who_may_own(at=database_now()).filter(pk=to_id).first()
        if to is None or to.pk == script.owner_id:
            words = _("Choose an administrator, or somebody who leads a unit.")
            raise Invalid(words, fields={"to": words}, code="no_owner", subject_id=script_id)
        script.owner = to
        script.save(update_fields=["owner"])
        _note(actor, HANDED_OVER, script, {"to": str(to.pk)})
        return script


def withdraw(actor: Actor, *, key: UUID, script_id: UUID) -> Script:
    """Nobody uses it from now on; it stays, with its versions, for whoever asks what was said. Raises as above."""
    with framed(Act, actor, key=key, event=WITHDRAWN, leads_to=script_id) as act:
        if act.earlier:
            return again(act, Script.objects.filter(pk=script_id))
        script = _locked(actor, script_id)
        script.withdrawn, script.withdrawn_by = database_now(), actor.person
        script.save(update_fields=["withdrawn", "withdrawn_by"])
        drop_timer(EXPIRING, _last(script).pk)
        _note(actor, WITHDRAWN, script, {})
        return script


def use(actor: Actor, *, key: UUID, version_id: UUID, case_id: UUID | None = None) -> ScriptUse:
    """An agent says these words to a caller now.

    Raises NotFound, Denied for whoever is no agent, and Conflict, with what to do instead, for words that are over,
    replaced or withdrawn.
    """
    with framed(Act, actor, key=key, event=USED) as act:
        _require_agent(actor)
        version = ScriptVersion.objects.filter(pk=version_id).first()
        if version is None:
            raise NotFound(subject_id=version_id)
        if act.earlier:
            return again(act, ScriptUse.objects.filter(version=version, agent=actor.person))
        _SHARED.run([version.script_id])
        script, at = Script.objects.select_related("owner").get(pk=version.script_id), database_now()
        stands = standing(
            version.valid_until,
            is_newest=_last(script).pk == version.pk,
            is_withdrawn=script.withdrawn is not None,
            at=at,
        )
        if stands is not Standing.CURRENT:
            raise Conflict(_instead(stands, script), code=stands.value, subject_id=version_id)
        row = ScriptUse.objects.create(version=version, agent=actor.person, at=at, case_id=case_id)
        _note(actor, USED, script, {"number": version.number})
        act.settle(row.pk)
        return row


def say_how_it_went(actor: Actor, *, key: UUID, use_id: UUID, how: str) -> Judgement:
    """What the agent says of their own use; said again, it is what they say now. Raises NotFound for another's."""
    with framed(Act, actor, key=key, event=JUDGED, leads_to=use_id) as act:
        _require_agent(actor)
        rows = ScriptUse.objects.select_related("version__script")
        found = rows.filter(pk=use_id, agent=actor.person).first()
        if found is None:
            raise NotFound(subject_id=use_id)
        if act.earlier:
            return again(act, Judgement.objects.filter(use=found))
        if how not in Judgement.How.values:
            words = _("Say that it worked, or that it confused the caller.")
            raise Invalid(words, fields={"how": words}, subject_id=use_id)
        row, _is_new = Judgement.objects.update_or_create(use=found, defaults={"how": how, "at": database_now()})
        _note(actor, JUDGED, found.version.script, {"number": found.version.number, "how": how})
        return row


def note_its_end(version: ScriptVersion, *, at: datetime) -> None:
    """Its owner will be told in time; of one that is over there is nothing more to tell. In the act's transaction."""
    if at < version.valid_until:
        due = version.at + told_after(version.valid_until - version.at)
        set_timer(EXPIRING, version.pk, after=due - at)


def expiring(version_id: UUID) -> Sequence[Announcement]:
    """The timer of a version: its owner is told, or, where they are gone, the administrators."""
    version = ScriptVersion.objects.select_related("script__owner").filter(pk=version_id).first()
    if version is None or version.script.withdrawn is not None or _last(version.script).pk != version.pk:
        return []
    owner = version.script.owner
    others = Person.objects.filter(role=Role.ADMINISTRATOR, is_active=True).order_by("pk")
    told = [owner.pk] if owner.is_active else list(others.values_list("pk", flat=True))
    detail = {"number": version.number, "told": len(told)}
    record(EXPIRING, agent=None, entity=Entity("script", version.script_id), purpose=PURPOSE, detail=detail)
    return [Announcement(EXPIRING, told, Subject(KIND, version.pk))]


def _add(actor: Actor, script: Script, *, number: int, text: str, valid_until: datetime, at: datetime) -> ScriptVersion:
    row = ScriptVersion.objects.create(
        script=script, number=number, text=text, author=actor.person, at=at, valid_until=valid_until
    )
    note_its_end(row, at=at)
    return row


def _locked(actor: Actor, script_id: UUID) -> Script:
    """The script, which this person may change, locked: one change comes after the other."""
    script = Script.objects.select_for_update(of=("self",), no_key=True).filter(pk=script_id).first()
    if script is None:
        raise NotFound(subject_id=script_id)
    require_keeper(actor.person, at=database_now())
    if actor.person.pk != script.owner_id and actor.person.role != Role.ADMINISTRATOR:
        raise Denied(_("Its owner changes this. Ask them, or an administrator."), code="not_the_owner")
    if script.withdrawn is not None:
        words = _("It was withdrawn. Write a new one where these words are needed again.")
        raise Conflict(words, code="withdrawn", subject_id=script_id)
    return script


def _last(script: Script) -> ScriptVersion:
    return script.versions.order_by("-number")[0]


def _require_agent(actor: Actor) -> None:
    if actor.person.role != Role.CALL_AGENT:
        raise Denied(_("Call agents use these words."), code="no_agent")


def _instead(stands: Standing, script: Script) -> str:
    """What to do where the words may not be used."""
    over = _("These words have run out: nobody has confirmed them since. Do not use them; tell %(owner)s.")
    return {
        Standing.EXPIRED: over % {"owner": script.owner.display_name},
        Standing.REPLACED: _("These words were replaced. Reload, and use the new ones."),
        Standing.WITHDRAWN: _("These words were withdrawn. Reload, and choose others."),
    }[stands]


def _seen(text: str) -> str:
    """As a person sees it, line by line, without empty lines at its ends."""
    return "\n".join(visible(line) for line in text.splitlines()).strip()


def _wrong_of_script(row: Script) -> dict[str, str]:
    wrong = {}
    if row.kind not in Script.Kind.values:
        wrong["kind"] = _("Choose what the words are for.")
    if row.reason not in ("", *Script.Reason.values):
        wrong["reason"] = _("Choose a reason, or every reason.")
    if not row.language:
        wrong["language"] = _("A language by its tag: en, es, es-MX, zh-Hant.")
    if not row.name or len(row.name) > LONGEST_NAME:
        wrong["name"] = _("A name of at most %(most)s characters.") % {"most": LONGEST_NAME}
    return wrong


def _wrong_of_words(text: str, valid_until: datetime, *, at: datetime) -> dict[str, str]:
    wrong = {}
    if not text or len(text) > LONGEST_TEXT:
        wrong["text"] = _("Between one and %(most)s characters.") % {"most": LONGEST_TEXT}
    if not at < valid_until <= at + LONGEST:
        wrong["valid_until"] = _("A day to come, a year ahead at the latest.")
    return wrong


def _require(wrong: dict[str, str], *, act: str) -> None:
    if wrong:
        raise Invalid(fields=wrong, act=act)


def _note(actor: Actor, event: str, script: Script, detail: Detail) -> None:
    record(event, agent=actor.agent, entity=Entity("script", script.pk), purpose=PURPOSE, detail=detail)
