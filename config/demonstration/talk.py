"""What the people of the demonstration write to one another and page: one of each that is over, and one that waits."""

from datetime import timedelta

from accounts.actors import Actor
from config.demonstration.names import EMERGENCY
from config.demonstration.stage import Stage
from handover.messaging import services as messaging
from handover.messaging.services import Between, Said, To
from handover.paging import services as paging
from handover.paging.rules import Answer

_OF_PATIENT, _PAGED = 4, 2


def talk(stage: Stage) -> None:
    """Each act by its key: an interrupted start goes on where it was."""
    amara, lee, noor = (stage.actor(f"{name}@readback.example") for name in ("amara", "lee", "noor"))
    _of_a_patient(stage, amara, lee)
    _between_two(stage, amara, lee)
    _page(stage, amara, noor)


def _of_a_patient(stage: Stage, amara: Actor, lee: Actor) -> None:
    """An urgent line that Lee owns, and one that waits for him."""
    patient = stage.patient(EMERGENCY, _OF_PATIENT)
    if patient is None:
        return
    between = Between(patient_id=patient.id)
    thread = messaging.open_thread(amara, key=stage.key("talk"), between=between)
    to = To([lee.person.pk])
    said = Said("Lactate is back: 2.1, was 3.4. Antibiotics are running.", "urgent")
    first = messaging.send_message(amara, key=stage.key("talk"), thread_id=thread.pk, said=said, to=to)
    messaging.acknowledge(lee, key=stage.key("talk"), message_id=first.pk, answer="owned", revision=0)
    asked = Said(
        "Her daughter calls at six. Please have somebody ready.",
        "needs_action",
        needs_by=stage.now + timedelta(hours=3),
    )
    messaging.send_message(amara, key=stage.key("talk"), thread_id=thread.pk, said=asked, to=to)


def _between_two(stage: Stage, amara: Actor, lee: Actor) -> None:
    thread = messaging.open_thread(lee, key=stage.key("two"), between=Between(person_id=amara.person.pk))
    said = Said("Bed 32 is clean and free from half past.", "fyi")
    messaging.send_message(lee, key=stage.key("two"), thread_id=thread.pk, said=said)


def _page(stage: Stage, amara: Actor, noor: Actor) -> None:
    """Noor was paged and owns it. At that hour she had no page open: it climbed first, which its steps show."""
    patient = stage.patient(EMERGENCY, _PAGED)
    if patient is None:
        return
    words = {
        "situation": "Breathing faster since four, NEWS2 up by three.",
        "background": f"{patient.case.reason}.",
        "assessment": "I think the infection is getting ahead of us.",
        "recommendation": "Please come and see the patient, and say what the ward should watch for.",
        "call_back": amara.person.phone,
    }
    year = stage.year_of_birth(patient)
    wanted = paging.Wanted(level="urgent", words=words, person_id=noor.person.pk, year_of_birth=year)
    page = paging.send_page(amara, key=stage.key("page"), patient_id=patient.id, wanted=wanted)
    paging.answer_page(noor, key=stage.key("page"), page_id=page.pk, said=Answer.OWNS)
