"""Every page a person can open, on the phone and at the desk, by day and by night: seen, kept, and held to WCAG 2.2 AA.

The pages come from the URLconf (tests/access_policy.py): one that is not looked at here fails. The pictures land under
var/screenshots/pages/. axe-core runs in the page with the rules of WCAG 2.0 to 2.2, A and AA.
"""

import os
from datetime import time, timedelta
from importlib.resources import files
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.utils import timezone

from ledger.models import Event
from ledger.services import record
from tests.access_policy import POLICY
from tests.factors.phones import app_of
from tests.interop.bundles import bundle, concept, resource
from tests.journeys.conftest import DESK, PHONE, PICTURES
from tests.journeys.pages import NOT_PAGES, PAGES

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

# Where nobody will look at pictures none are taken.
IS_UNWATCHED = os.environ.get("CI", "").lower() in {"1", "true"}
RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
# By night the same elements stand in other colours: what does not ask for colours has been asked by day.
COLOUR_RULES = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
SIZES = {"phone": PHONE, "desk": DESK}
SCHEMES = {"light": RULES, "dark": COLOUR_RULES}


@pytest.fixture
def places(
    draft_of_others,
    accepted_handover,
    sent_and_locked,
    declined_handover,
    left_under,
    unplanned,
    glass,
    token,
    ward,
    noor,
    make_patient,
    emergency,
    on_the_ward_phone,
    to_decide,
    flags,
    to_police,
    week,
    talks,
    paged,
    words_for_callers,
):
    """What the addresses above are filled with."""
    from handover.patients import sealed

    patient = accepted_handover.patient
    _number, summary = sealed.summary_of(patient)
    return {
        "patient": patient.pk,
        "bare": make_patient(emergency, family="Tumbleweede").pk,
        "entry": summary.allergies.entries[0].id,
        "draft": draft_of_others.pk,
        "accepted": accepted_handover.pk,
        "leaving": accepted_handover.transfer_id,
        "sent": sent_and_locked[0].pk,
        "locked": sent_and_locked[0].transfer_id,
        "override": sent_and_locked[1].pk,
        "declined": declined_handover.pk,
        "left_under": left_under.pk,
        "departed": left_under.transfer_id,
        "event": Event.objects.filter(event="glass.broken").latest("id").pk,
        "unplanned": unplanned.pk,
        "unit": emergency.pk,
        "ward": ward.pk,
        "glass": glass.pk,
        **flags,
        "to_police": to_police,
        "duty_role": week.pk,
        **talks,
        "paged": paged[0].pk,
        "unanswered": paged[1].pk,
        "owned": paged[2].pk,
        "disputed": paged[3].pk,
        "token": token,
        "colleague": noor.pk,
        "broken_open": glass.patient_id,
        "script": words_for_callers,
        "nothing": uuid4(),
        "nurse": declined_handover.author_id,
        "shift": on_the_ward_phone[1][1].pk,
    }


@pytest.fixture
def talks(actor, accepted_handover, amara, lee):
    """What was written of a patient and in a group: of every urgency, answered, changed and taken back."""
    from handover.messaging import services
    from handover.messaging.services import Between, Said, To

    def say(person, thread, text, level, *, needs_by=None, to=To()):  # noqa: B008
        return services.send_message(
            actor(person), key=uuid4(), thread_id=thread.pk, said=Said(text, level, needs_by), to=to
        )

    of_patient = services.open_thread(
        actor(amara), key=uuid4(), between=Between(patient_id=accepted_handover.patient_id)
    )
    group = services.open_thread(actor(amara), key=uuid4(), between=Between(people=[lee.pk], title="Night team"))
    message = say(amara, of_patient, "NEWS2 is 7, on 2 L/min. Can you come?", "emergency", to=To([lee.pk]))
    services.acknowledge(actor(lee), key=uuid4(), message_id=message.pk, answer="owned", revision=0)
    say(lee, of_patient, "Give 250 mL saline", "fyi", to=To([amara.pk]))
    say(
        amara, of_patient, "Tell her son", "needs_action", needs_by=timezone.now() + timedelta(hours=1), to=To([lee.pk])
    )
    wrong = say(amara, group, "Who has the key?", "urgent")
    services.edit(actor(amara), key=uuid4(), message_id=wrong.pk, text="Who has the keys?", seen_revision=0)
    services.retract(actor(lee), key=uuid4(), message_id=say(lee, group, "Not me", "fyi").pk)
    return {"thread": of_patient.pk, "group": group.pk, "message": message.pk}


@pytest.fixture
def words_for_callers(actor, admin_person, agent_person):
    """A script of two versions, used and judged by Piet; one that runs out soon, and one that has run out."""
    from handover.calls.scripts import services
    from handover.calls.scripts.models import Script, ScriptVersion
    from handover.calls.scripts.services import NewScript, Wording

    by, now = actor(admin_person), timezone.now()

    def write(kind, reason, name, text, days):
        new = NewScript(kind, reason, "en", name)
        wording = Wording(text, now + timedelta(days=days))
        return services.write_script(by, key=uuid4(), new=new, wording=wording)

    script = write("red_flag", "symptom", "Chest pain, first question", "Do you have pain in your chest now?", 90)
    words = Wording("Does your chest hurt now?\nSince when?", now + timedelta(days=90))
    version = services.write_version(by, key=uuid4(), script_id=script.pk, seen=1, wording=words)
    write("safety_net", "", "If it gets worse", "If it gets worse, or you are worried, call us again at once.", 9)
    old = Script.objects.create(kind="answer", reason="facility", language="en", name="Visiting", owner=admin_person)
    told = {"number": 1, "text": "You can visit from 2 to 8.", "author": admin_person}
    ScriptVersion.objects.create(script=old, at=now - timedelta(days=100), valid_until=now, **told)
    for how in ("worked", "confused_the_caller", ""):
        use = services.use(actor(agent_person), key=uuid4(), version_id=version.pk)
        if how:
            services.say_how_it_went(actor(agent_person), key=uuid4(), use_id=use.pk, how=how)
    return script.pk


@pytest.fixture
def paged(actor, amara, noor, lee, patient, week, ward):
    """A page that waits for Noor, and one to a role that nobody holds, in a unit without a lead."""
    from handover.duty.models import PractitionerRole
    from handover.paging import services
    from handover.paging.rules import Answer

    words = {
        "situation": "NEWS2 7, high risk. Breathing fast since 02:50",
        "background": "Day 1 after a fall. Allergies: penicillin.",
        "assessment": "Respirations 26, saturation 91 % on 2 L. I think she is septic.",
        "recommendation": "Please come now.",
        "call_back": "020 7946 0111",
    }
    for person in (noor, lee):  # with Readback open somewhere: a page reaches them
        actor(person)
    nobodys = PractitionerRole.objects.create(unit=ward, name="Stroke on call")

    def send(**to):
        wanted = services.Wanted(level="emergency", words=words, **to)
        return services.send_page(actor(amara), key=uuid4(), patient_id=patient.pk, wanted=wanted)

    role = PractitionerRole.objects.get(unit=week.unit, name="Cardiac arrest team")
    owned, agreed = send(person_id=lee.pk), send(person_id=lee.pk)
    for each in (owned, agreed):
        services.answer_page(actor(lee), key=uuid4(), page_id=each.pk, said=Answer.OWNS)
    views = {"own_view": "She is septic and needs a bed.", "other_view": "It is her heart: give furosemide and wait."}
    disputed = services.disagree(actor(amara), key=uuid4(), page_id=agreed.pk, **views)
    return send(role_id=role.pk), send(role_id=nobodys.pk), owned, disputed


@pytest.fixture
def week(actor, admin_person, amara, lee, noor, make_person, emergency):
    """The duty of the emergency department: a role with turns, one that nobody holds and must, beds, cover."""
    from accounts.models import Membership
    from accounts.people.registrations import check_registration
    from handover.directory import services as directory
    from handover.directory.services import NewCapability
    from handover.duty import services
    from handover.duty.services import NewRole, Planned, Wanted
    from handover.duty.services.beds import ensure_bed
    from handover.duty.services.coverage import found_now

    for person in (lee, noor):
        Membership.objects.get_or_create(person=person, unit=emergency)
    by, now = actor(admin_person), timezone.now()

    def role(name, *people, **more):
        made = services.make_role(by, key=uuid4(), unit_id=emergency.pk, new=NewRole(name, **more))
        if people:
            hours = {"begins": time(7), "ends": time(19), "first_day": timezone.localdate(), "turn_days": 1}
            turns = Planned(zone="Europe/London", people=[one.pk for one in people], **hours)
            services.add_rotation(by, key=uuid4(), role_id=made.pk, planned=turns)
        return made

    charge = role("Charge nurse", amara, lee, is_lead=True)
    for name, asked in (("Stroke", charge.pk), ("Children", None)):
        taken = NewCapability(name, role_id=asked)
        directory.add_capability(by, key=uuid4(), unit_id=emergency.pk, new=taken)
    role("Cardiac arrest team", noor, is_safety_critical=True, covered_by=charge.pk)
    role("Bed manager")
    services.take_role(actor(amara), key=uuid4(), role_id=charge.pk, until=now + timedelta(hours=8))
    for person, beds in ((lee, "9-15, 20"), (amara, "10-14, 16")):
        services.take_beds(actor(person), key=uuid4(), unit_id=emergency.pk, text=beds, until=now + timedelta(hours=8))
    ensure_bed(emergency.pk, "17")
    ensure_bed(emergency.pk, "18")
    check_registration(by, key=uuid4(), person_id=noor.pk, register="GMC", number="7654321")
    services.ask_cover(
        actor(amara), key=uuid4(), role_id=charge.pk, wanted=Wanted(now, now + timedelta(hours=8), [noor.pk])
    )
    with transaction.atomic():
        found_now(emergency.pk, at=now)
    return charge


@pytest.fixture
def on_the_ward_phone(shared_phone, amara, lee):
    return shared_phone(amara, lee)


@pytest.fixture
def stranger(make_person, other_ward):
    return make_person("robin@readback.example", "Robin Rushlight", "physician", unit=other_ward)


@pytest.fixture
def token(actor, admin_person, make_person, ward):
    """The key of an invitation's link. Somebody else has left in the middle of their duty."""
    from accounts import services as accounts
    from accounts.people import services

    leaver = make_person("gone@readback.example", "Gwil Hollowhill", "nurse", unit=ward)
    accounts.disable_person(actor(admin_person), key=uuid4(), person_id=leaver.pk)
    until = timezone.now() + timedelta(hours=12)
    told = {"email": "tilda@agency.example", "display_name": "Tilda Probewell", "role": "nurse", "unit_id": ward.pk}
    invited = services.Invited(**told, works_until=until)
    return services.invite(actor(admin_person), key=uuid4(), invited=invited)[1]


@pytest.fixture
def glass(actor, stranger, officer, make_patient, ward):
    """Emergency access that runs, and that the officer has asked about."""
    from handover.patients.glass import services
    from handover.patients.models import BreakGlass
    from handover.patients.sealed import identity_of

    who = identity_of(make_patient(ward, family="Nettleship"))
    told = {"record_number": who.record_number, "birth_date": who.birth_date, "code": "called_to_help"}
    services.break_glass(actor(stranger), key=uuid4(), words="Arrest on 7 East, called to help", **told)
    case = BreakGlass.objects.get()
    services.ask(actor(officer), key=uuid4(), glass_id=case.pk, question="Who called you to 7 East?")
    return case


@pytest.fixture
def flags(actor, amara, noor, officer, make_person, make_patient, ward):
    """Three flags: one that waits, one that Amara was asked about, and one that was a breach. The patient is marked."""
    from audit.review import marks, services
    from audit.review.models import Flag

    patient, now = make_patient(ward, family="Pennywhistle"), timezone.now()
    colleague = make_person("tove@readback.example", "Tove Alderwick", "nurse")
    told = {"patient_id": patient.pk, "kind": "staff", "staff": colleague, "why": "The records office told us."}
    marks.mark_patient(actor(officer), key=uuid4(), **told)
    record("patient.read", agent=actor(noor).agent, patient_id=patient.pk)
    made = {}
    for name, person in (("flag", noor), ("asked", amara), ("breach", noor)):
        more = {"review_due": now + timedelta(hours=40), "day": now.date() - timedelta(days=len(made))}
        flag = Flag.objects.create(person=person, patient=patient, score=83, **more)
        for rule, count in (("R3", 3), ("R8", 3)):
            since = now - timedelta(minutes=9)
            shown = {"since": since, "until": now, "since_event": 1, "until_event": 1, "facts": {"why": "shift"}}
            flag.reasons.create(rule=rule, count=count, **shown)
        made[name] = flag.pk
    for name in ("asked", "breach"):
        services.ask(actor(officer), key=uuid4(), flag_id=made[name], question="What did you need the record for?")
    note = "There was no reason to look."
    services.settle(actor(officer), key=uuid4(), flag_id=made["breach"], finding="breach", note=note)
    return made


@pytest.fixture
def to_police(actor, officer, accepted_handover):
    """Of one patient something went to a court, to the health authority, and to the police, who ask for silence."""
    from audit.disclosures import services
    from audit.disclosures.documents import Words

    def gave(days_ago, basis, recipient, what, purpose):
        words = Words(recipient=recipient, address="14 Harbour Street, Port Meadow", what=what, purpose=purpose)
        by_hand = services.ByHand(timezone.localdate() - timedelta(days=days_ago), basis, words)
        told = {"key": uuid4(), "patient_id": accepted_handover.patient_id, "told": by_hand}
        return services.record_by_hand(actor(officer), **told)

    for week in range(5):
        weekly = "Weekly report of pneumonia, by order of the county"
        gave(90 + 7 * week, "public_health", "County Health Department", "Name, birth date, date of the stay", weekly)
    gave(40, "court", "District Court of Port Meadow", "The handover of 3 May", "Subpoena in case 24-117")
    gave(30, "treatment", "Dr Hale", "The letter of discharge", "To go on with the care")
    police = gave(20, "law_enforcement", "Sheriff's Office", "That she was a patient here", "An open investigation")
    today = timezone.localdate()
    silence = services.Silence("written", today, today + timedelta(days=60), "Deputy Finch, Sheriff's Office")
    services.suspend(actor(officer), key=uuid4(), disclosure_id=police, told=silence)
    return police


@pytest.fixture
def draft_of_others(write_draft, amara, make_patient, emergency):
    return write_draft(amara, make_patient(emergency, family="Quillfeather"))


@pytest.fixture
def unplanned(write_draft, send, amara, lee, make_patient, emergency):
    return send(write_draft(amara, make_patient(emergency, family="Underhillock")), to=lee)


@pytest.fixture
def declined_handover(write_draft, send, amara, lee, make_patient, emergency, ward, actor):
    from handover.transfers import services

    handover = send(write_draft(amara, make_patient(emergency, family="Ivarsdale")), to=ward, destination=ward)
    services.decline(
        actor(lee), key=uuid4(), handover_id=handover.pk, code="no_bed", reason="No bed is free before midnight"
    )
    return handover


@pytest.fixture
def left_under(write_draft, send, actor, amara, make_patient, emergency, ward, lee):
    """The override under which a patient left in an emergency: it waits for the officer."""
    from handover.transfers import services

    handover = send(write_draft(amara, make_patient(emergency, family="Nettlewick")), to=ward, destination=ward)
    told = {"key": uuid4(), "transfer_id": handover.transfer_id}
    reason = "Worse in the corridor; the ward waits with a monitored bed"
    row = services.request_override(actor(amara), **told, reason=reason, is_emergency=True)
    services.depart(actor(amara), key=uuid4(), transfer_id=handover.transfer_id)
    return row


@pytest.fixture
def sent_and_locked(write_draft, send, read, actor, amara, lee, noor, make_patient, emergency, ward):
    """Read by Lee with a question open; Amara asks for an override, which Noor, who works there too, may approve."""
    from accounts.models import Membership
    from handover.transfers import services

    Membership.objects.create(person=noor, unit=emergency)
    handover = send(write_draft(amara, make_patient(emergency, family="Larkspurrow")), to=ward, destination=ward)
    read(handover, lee)
    services.ask(actor(lee), key=uuid4(), handover_id=handover.pk, text="Did she have the 22:00 insulin?")
    told = {"reason": "The resuscitation bay is needed at once", "is_emergency": False}
    return handover, services.request_override(actor(amara), key=uuid4(), transfer_id=handover.transfer_id, **told)


@pytest.fixture
def to_decide(actor, make_person, lee):
    """What waits for a second administrator: a role, an officer to be invited, and the keys."""
    from accounts.people import approvals, services

    pia = actor(make_person("pia@readback.example", "Pia Woodruff", "administrator"))
    approvals.ask_for_role(pia, key=uuid4(), person_id=lee.pk, role="physician")
    approvals.ask_for_key_turn(pia, key=uuid4())
    told = services.Invited(email="v@readback.example", display_name="Vera Quill", role="administrator", unit_id=None)
    services.invite(pia, key=uuid4(), invited=told)


@pytest.fixture
def on_the_way_in(sign_in, lee, noor, amara, emergency, admin_person, officer):
    """Session keys of people who have not shown a factor: one has none yet, one has an app, one did so a while ago."""
    from accounts.factors.models import FactorReset
    from accounts.models import DeviceSession

    FactorReset.objects.create(person=lee, asked_by=admin_person)
    app_of(lee)
    keys = {}
    for name, person, factor in (("newcomer", noor, ""), ("halfway", lee, ""), ("amara_later", amara, "demonstration")):
        client = Client()
        session = sign_in(client, person, device=name, factor=factor)
        keys[name] = client.cookies[settings.SESSION_COOKIE_NAME].value
    DeviceSession.objects.filter(pk=session.pk).update(verified=timezone.now() - timedelta(hours=1))
    return keys


def test_every_address_is_a_page_here_or_none():
    known = {name.split(" ")[0] for name in PAGES} | NOT_PAGES
    addresses = {name for name in POLICY if not name.startswith("api:") and not name.endswith("_fragment")}
    assert addresses == {name for name in known if not name.endswith("_fragment")} - {"nothing"}


def violations(page, rules=RULES):
    """What axe finds on the page: one line a rule, with the first element."""
    if not page.evaluate("typeof window.axe === 'object'"):
        page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text())
    # As tall as its content: what lies under the fixed bar at this scroll position is not too small, only further down.
    size = page.viewport_size
    page.set_viewport_size({**size, "height": page.evaluate("document.documentElement.scrollHeight") + 200})
    found = page.evaluate("(rules) => axe.run(document, { runOnly: rules, resultTypes: ['violations'] })", rules)
    page.set_viewport_size(size)
    return [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in found["violations"]]


# Nothing may make a reader scroll sideways: not text at twice its size, not a language that is written right to left.
DRAWN = {
    "as it is": "root => undefined",
    "right to left": "root => { root.dir = 'rtl'; }",
    "with text of twice the size": "root => { root.dir = 'ltr'; root.style.fontSize = '200%'; }",
}


def ways_too_wide(page):
    """In which of the ways that the page can be drawn it is wider than its screen."""
    wide = []
    for name, draw in DRAWN.items():
        page.locator("html").evaluate(draw)
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"):
            wide.append(name)
    return wide


@pytest.mark.parametrize("size", SIZES)
def test_every_page_is_accessible_and_keeps_its_width(request, phone_of, places, on_the_way_in, size):
    how, wrong = SIZES[size], []
    phones = {"nobody": phone_of(None, how=how, session="nobody")}
    phones |= {name: phone_of(None, how=how, session=key) for name, key in on_the_way_in.items()}
    (PICTURES / "pages").mkdir(parents=True, exist_ok=True)
    for name, (who, path) in PAGES.items():
        if who not in phones:
            name_of, _, elsewhere = who.partition(" on ")
            person = None if name_of == "nobody" else request.getfixturevalue(name_of)
            shared, _ = request.getfixturevalue("on_the_ward_phone") if elsewhere else (None, None)
            phones[who] = phone_of(person, how=how, shared=shared, session=None if person else "nobody")
        page = phones[who].page
        page.emulate_media(color_scheme="light", reduced_motion="reduce")  # nothing is judged while it fades in
        page.goto(path.format(**places))
        page.locator("main").first.wait_for()
        for scheme, rules in SCHEMES.items():
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            picture = name.replace(":", "-").replace(" ", "-")
            if not IS_UNWATCHED:
                page.screenshot(path=PICTURES / "pages" / f"{picture}-{size}-{scheme}.png", full_page=True)
            wrong += [f"{name}, {scheme}: {line}" for line in violations(page, rules)]
        wrong += [f"{name}: wider than its screen {how_drawn}" for how_drawn in ways_too_wide(page)]
    assert not wrong, "\n".join(wrong)


def test_the_page_after_an_import_is_accessible_too(phone_of, amara, emergency):
    phone = phone_of(amara)
    phone.page.goto("/import/")
    latex = bundle(resource("AllergyIntolerance", code=concept("Latex")), resource("Claim"))
    chosen = [
        {"name": "one.json", "mimeType": "application/json", "buffer": latex},
        {"name": "two.json", "mimeType": "application/json", "buffer": b"{"},
    ]
    phone.page.locator("#files").set_input_files(chosen)
    phone.tap("#import button", text="Import")
    phone.see("Done: 2 files.")
    phone.see("cut short")
    phone.page.screenshot(path=PICTURES / "pages" / "import-done-phone-light.png", full_page=True)
    assert violations(phone.page) == []
