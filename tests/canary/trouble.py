"""What is refused, and what fails: a canary in each thing that the product does not take."""

import json
from dataclasses import dataclass
from uuid import uuid4

from django.db import connection

from config.roles import as_owner
from handover.patients.models import Patient
from tests.canary.phones import Program
from tests.canary.story import Story


@dataclass
class Trouble:
    """The same people after their story, and Noor, who has no part in it."""

    story: Story
    stranger: Program

    def __post_init__(self) -> None:
        self.amara, self.program = self.story.amara, self.story.program
        self.section = f"/patients/{self.story.patient}/summary/weight"

    def word(self, place: str) -> str:
        """A value that nobody is to see again."""
        return self.story.canaries.word(place, reader="")

    def bad_fields(self) -> None:
        """On a page, and over the API, by Amara and by a stranger."""
        self.amara.open(f"/patients/{self.story.patient}/weight/add/")
        # The field takes eight characters; a hand-written request takes more.
        self.amara.page.locator("[name=kg]").evaluate("element => element.removeAttribute('maxlength')")
        self.amara.fill({"kg": self.word("weight that is none")})
        assert self.amara.submit("entry") == 422
        bad = {"seen_number": 1, "entry": {"kg": self.word("API, weight that is none")}}
        assert self.program.call("POST", self.section, bad).status == 422
        assert self.stranger.call("POST", self.section, bad).status == 422
        question = {"text": self.word("question of a stranger")}
        assert self.stranger.call("POST", f"/handovers/{self.story.handover}/questions", question).status == 404
        assert self.program.call("PUT", f"/handovers/{self.story.handover}/draft", question).status == 422
        typed = {"csrfmiddlewaretoken": "x" * 32, "text": self.word("with an old token")}
        assert self.program.form(f"/handovers/{self.story.handover}/ask/", typed).status == 403

    def bad_bodies(self) -> None:
        """No JSON, too deep, too large."""
        deep = "[" * 100_000 + f'"{self.word("too deep")}"' + "]" * 100_000
        large = json.dumps({"text": self.word("too large") + "x" * (4 * 1024 * 1024)})
        for body, status, code in (
            ("{" + self.word("no JSON"), 400, "not_json"),
            (deep, 400, "too_deep"),
            (large, 413, "too_large"),
        ):
            answer = self.program.call("POST", self.section, raw=body)
            assert (answer.status, answer.json()["code"]) == (status, code)

    def bad_frames(self) -> None:
        """What no honest client says over a socket, and acts that are none."""
        for said in (f'{{"t":"{self.word("socket, unknown frame")}"}}', self.word("socket, no JSON")):
            assert self.amara.says_raw(said) in (1007, 1008)
        assert self.amara.act("handover.asked", handover=self.word("socket, no id"))["t"] == "refused"
        assert self.amara.act(self.word("socket, no act"))["t"] == "refused"

    def addresses(self) -> None:
        """Somebody types a name where none belongs: the server's log must not keep the address."""
        for path in ("/patients/{}/", "/patients/?list={}", "/directory/?words={}", "/sign-in/?next=/{}", "/{}"):
            self.program.get(path.format(self.word("typed into an address")))

    def a_table_that_is_gone(self) -> None:
        """A real 500 on a page, over the API and over the socket."""
        entry = {"id": str(uuid4()), "text": self.word("API, while a table is gone")}
        body = {"seen_number": self.story.number(), "entry": entry}
        with as_owner(), connection.cursor() as cursor:
            cursor.execute("ALTER TABLE live_actkey RENAME TO live_actkey_gone")
        try:
            where = f"/patients/{self.story.patient}"
            assert self.program.call("POST", f"{where}/summary/what_matters", body).status == 500
            self.amara.open(f"{where}/what-matters/add/")
            self.amara.fill({"text": self.word("page, while a table is gone")})
            assert self.amara.submit("entry") == 500
            asked = {"handover": self.story.handover, "text": self.word("socket, while a table is gone")}
            assert self.amara.act("handover.asked", **asked)["status"] == 500
        finally:
            with as_owner(), connection.cursor() as cursor:
                cursor.execute("ALTER TABLE live_actkey_gone RENAME TO live_actkey")

    def a_value_that_was_changed(self) -> None:
        """A sealed value does not open any more."""
        patient = Patient.objects.get(pk=self.story.imported)
        sealed = bytes(patient.sealed_headline)
        Patient.objects.filter(pk=patient.pk).update(sealed_headline=sealed[:-1] + bytes([sealed[-1] ^ 1]))
        assert self.program.call("GET", f"/patients/{patient.pk}").status == 500
