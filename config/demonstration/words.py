"""Words for callers: what the house says when somebody calls. One runs out soon; one has, and is offered to nobody."""

from datetime import datetime, timedelta

from config.demonstration.hospital import House
from config.demonstration.seeds import id_of
from handover.calls.scripts.models import Script, ScriptVersion
from handover.calls.scripts.services import note_its_end

_OWNER = "oskar@readback.example"
_LASTS = timedelta(days=180)
# Kind, reason, language, name, words, and how many days they are still good.
_WORDS = (
    ("opening", "", "en", "Good morning", "Good morning, Saint Wilgefortis. You are talking to the call desk.", 120),
    ("opening", "", "es", "Buenos días", "Buenos días, hospital de Santa Wilgefortis. ¿En qué puedo ayudarle?", 120),
    ("red_flag", "symptom", "en", "Chest", "Do you have pain or pressure in your chest now?", 90),
    ("red_flag", "symptom", "en", "Breath", "Is it hard for you to breathe, even when you sit still?", 90),
    ("answer", "result", "en", "A result that waits", "Your result is not here yet. A doctor will look at it.", 9),
    ("answer", "facility", "en", "Visiting hours", "You can visit from two until eight in the evening.", 0),
    ("safety_net", "", "en", "If it gets worse", "If it gets worse, or you are worried, call us again at once.", 60),
)


def make_words(house: House, *, now: datetime) -> None:
    """What agents find on their first day, all owned by the administrator. In the caller's transaction."""
    owner = house.people[_OWNER]
    for kind, reason, language, name, text, days in _WORDS:
        script = Script.objects.create(
            id=id_of("script", f"{language} {name}"),
            kind=kind,
            reason=reason,
            language=language,
            name=name,
            owner=owner,
        )
        ends = now + timedelta(days=days)
        version = ScriptVersion.objects.create(
            id=id_of("script version", f"{language} {name}"),
            script=script,
            number=1,
            text=text,
            author=owner,
            at=ends - _LASTS,
            valid_until=ends,
        )
        note_its_end(version, at=now)
