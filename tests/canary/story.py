"""A handover from registration to arrival, and everything that can go wrong on the way, with a canary in every field.

Amara writes on her phone, Lee reads on another; a program calls the JSON API in Amara's name. What a person types in a
browser goes through the page's own forms and scripts: that is where a browser could keep it.
"""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from django import forms

from accounts.models import Person
from handover.messaging.models import Message
from handover.patients.forms.entries import FORMS
from handover.patients.forms.fields import LineField, OneOfField, TextField
from handover.transfers.forms.compose import PARTS
from handover.transfers.models import Handover, Override
from handover.transfers.rules.checklist import CHECKLIST
from tests.canary.canaries import Canaries
from tests.canary.phones import Phone, Program
from tests.interop.bundles import bundle, concept, resource

ID = r"[0-9a-f-]{36}"
# What a form needs beside free words to be taken.
_CHOSEN = {"code_status": {"value": "limits"}, "weight": {"kg": "71.4"}, "vital_signs": {"air": "oxygen"}}
_MEASURED = {"vital_signs": {"respirations_per_min": "16", "spo2_percent": "97", "pulse_per_min": "78"}}


@dataclass
class Story:
    """Who takes part, what was planted, and the ids that came of it."""

    canaries: Canaries
    amara: Phone
    lee: Phone
    program: Program
    colleague: Program
    ward_id: str
    emergency_id: str
    directory: Path
    patient: str = ""
    handover: str = ""
    imported: str = ""
    identity: dict[str, str] = field(default_factory=dict)

    # -- the record ---------------------------------------------------------------------------------------------

    def register(self) -> None:
        """Amara registers a patient by the form, corrects who it is, and the API adds identifiers."""
        word, number = self.canaries.word, self.canaries.number
        self.identity = {
            "family": word("family name"),
            "record_number": number("record number"),
            "birth_date": "1931-07-19",
        }
        typed = {
            "unit": self.emergency_id,
            "bed": word("bed"),
            "family": self.identity["family"],
            "record_number": self.identity["record_number"],
            "given": word("given name that was corrected", reader=""),
            "phone": number("phone"),
            **_date("birth_date", self.identity["birth_date"]),
        }
        self.amara.open("/patients/new/")
        self.amara.fill(typed)
        assert self.amara.submit("entry") == 200
        self.amara.arrives(f"/patients/{ID}/summary/")
        self.patient = _id_in(self.amara.page.url)
        self.amara.open(f"/patients/{self.patient}/identity/")
        self.amara.fill({"given": word("given name")})
        assert self.amara.submit("entry") == 200
        self.amara.arrives(f"/patients/{self.patient}/$")
        identity = self.program.done("GET", f"/patients/{self.patient}")["identity"]
        identity["identifiers"] = [
            {name: word(f"identifier, {name}") for name in ("system", "kind")} | {"value": number("identifier, value")}
        ]
        self.program.done("PUT", f"/patients/{self.patient}/identity", identity)

    def fill_every_section(self) -> None:
        """Each section's own form, a new word in each of its fields."""
        for name, kind in FORMS.items():
            self.amara.open(f"/patients/{self.patient}/{name.replace('_', '-')}/add/")
            self.amara.fill(self._typed(name, kind))
            assert self.amara.submit("entry") == 200, name
            self.amara.arrives(f"/patients/{self.patient}/(summary/|$)")

    def correct_and_remove(self) -> None:
        """An entry is corrected by the form, another added and removed by the API: both words stay in old versions."""
        problem = self._entries("problems")[-1]
        self.canaries.readers[problem["text"]] = ""
        self.amara.open(f"/patients/{self.patient}/problems/{problem['id']}/")
        self.amara.fill({"text": self.canaries.word("problem, corrected")})
        assert self.amara.submit("entry") == 200
        self.amara.arrives("/summary/")
        where = f"/patients/{self.patient}/summary/belongings"
        entry = {"id": str(uuid4()), "text": self.canaries.word("belonging, removed", reader="")}
        self.program.done("POST", where, {"seen_number": self.number(), "entry": entry})
        self.program.done("DELETE", f"{where}/{entry['id']}?seen_number={self.number()}")

    def type_to_the_score(self) -> None:
        """Vital signs are scored while they are typed, what is no number too."""
        self.amara.open(f"/patients/{self.patient}/vital-signs/add/")
        left = self.canaries.word("typed and left", reader="")
        self.amara.fill({"air": "oxygen", "oxygen_device": left, "pulse_per_min": "88"})
        self.amara.shows("NEWS2")

    def import_files(self) -> None:
        """A FHIR file of 150 KB whose name is a patient's, then one that breaks off."""
        word = self.canaries.word
        name = word("name of a file", reader="")
        patient = {
            "resourceType": "Patient",
            "id": "p1",
            "identifier": [
                {"system": word("import, identifier system"), "value": self.canaries.number("import, number")}
            ],
            "name": [{"use": "official", "family": word("import, family"), "given": [word("import, given")]}],
            "telecom": [{"system": "phone", "value": self.canaries.number("import, phone")}],
            "birthDate": "1929-02-11",
        }
        reaction = [{"manifestation": [concept(word("import, reaction"))]}]
        whole = bundle(
            resource("AllergyIntolerance", code=concept(word("import, allergy")), reaction=reaction),
            resource("Condition", code=concept(word("import, problem"))),
            resource("MedicationStatement", status="active", medicationCodeableConcept=concept(word("import, drug"))),
            resource("Immunization", note=[{"text": word("import, left out", reader="")}], text="x" * 150_000),
            patient=patient,
        )
        broken = json.dumps({"resourceType": "Bundle", "note": word("import, cut short", reader="")}).encode()[:-1]
        paths = [self.directory / f"{name}.json", self.directory / f"{name}-cut.json"]
        for path, content in zip(paths, (whole, broken), strict=True):
            path.write_bytes(content)
        self.amara.open("/import/")
        self.amara.page.locator("#files").set_input_files(paths)
        self.amara.page.locator("#import button").click()
        self.amara.shows("it was cut short")
        reports = self.amara.read()
        self.canaries.read("amara", reports)
        self.imported = re.findall(f"/patients/({ID})/", reports)[-1]

    def search(self) -> None:
        """By number, by name and date, for nobody, and not as one may search."""
        name_and_date = {"family": self.identity["family"], **_date("birth_date", self.identity["birth_date"])}
        nobody = {"record_number": self.canaries.word("search, nobody", reader="")}
        wrong = {"family": self.canaries.word("search, refused", reader="")}
        for typed, told in (
            ({"record_number": self.identity["record_number"]}, "1 found"),
            (name_and_date, "1 found"),
            (nobody, "Nobody found"),
            (wrong, "or a family name with a date of birth"),
        ):
            self.amara.open("/patients/search/")
            self.amara.fill(typed)
            self.amara.page.locator("#search button.primary").click()
            self.amara.shows(told)
        assert len(self.program.done("POST", "/patients/search", self.identity | {"record_number": ""})) == 1

    # -- the handover -------------------------------------------------------------------------------------------

    def write(self) -> None:
        """Amara types every part; it saves itself; then she sends it to whoever is on duty in the ward."""
        word = self.canaries.word
        self.amara.open(f"/patients/{self.patient}/")
        self.amara.page.get_by_role("button", name="Hand over").first.click()
        self.amara.arrives(f"/handovers/{ID}/compose/")
        self.handover = _id_in(self.amara.page.url)
        typed = {f"summary-{part}": word(f"handover, {part}") for part, _ in PARTS}
        typed |= {
            "illness_severity": "watcher",
            "situation_awareness": word("situation awareness"),
            "call_back": self.canaries.number("call-back"),
            "action-0-what": word("action, what"),
            "action-0-who": word("action, who"),
            "pair-0-if_this": word("if this"),
            "pair-0-then_that": word("then that"),
        }
        with self.amara.page.expect_response(re.compile("/draft/$")) as saved:
            self.amara.fill(typed)
        assert saved.value.status == 200
        self.amara.shows("on the server. Nobody sees it yet.")
        self._save_elsewhere()
        self.amara.fill({"to_unit": self.ward_id})
        self.amara.page.locator('[name="to_bed"]').wait_for()
        self.amara.fill({"to_bed": word("bed of the ward")})
        assert self.amara.press("[data-send]") == 200
        self.amara.arrives(f"/handovers/{self.handover}/$")

    def _save_elsewhere(self) -> None:
        """Another device saves first, then one too late: both versions are on the page, of either."""
        draft = self.program.done("GET", f"/handovers/{self.handover}")
        theirs = self.canaries.word("draft, of another device", reader="amara")
        draft["draft"]["patient_summary"]["plan"] = theirs
        saved = {"revision": draft["draft_revision"], "ipass": draft["draft"]}
        self.program.done("PUT", f"/handovers/{self.handover}/draft", saved)
        ours = draft["draft"]["situation_awareness"]
        self.amara.fill({"situation_awareness": f"{ours} "})
        self.amara.page.locator("[data-both]").click()
        self.amara.shows(theirs)
        self.canaries.read("amara", self.amara.read())
        with self.amara.page.expect_response(re.compile("/draft/$")) as answered:
            self.amara.fill({"situation_awareness": ours})
        assert answered.value.status == 200
        typed = {"key": str(uuid4()), "revision": "1", "do": "save"}
        typed["situation_awareness"] = self.canaries.word("draft, saved too late", reader="")
        answer = self.program.form(f"/handovers/{self.handover}/compose/", typed)
        assert (answer.status, typed["situation_awareness"] in answer.text()) == (409, True)

    def receive(self) -> None:
        """Lee is alerted by the socket, reads, asks on the page and by the socket; Amara answers both ways."""
        word = self.canaries.word
        self.lee.shows("New handover")
        self.lee.open(f"/patients/{self.patient}/")
        self.canaries.read("lee", self.lee.read())
        self.lee.open("/inbox/")
        self.lee.page.locator(f'a[href="/handovers/{self.handover}/"]').first.click()
        self.lee.arrives(f"/handovers/{self.handover}/$")
        seen = {"handover": self.handover, "version": self._version()}
        self.lee.acts("handover.opened", **seen)
        self.lee.acts("handover.read", **seen)
        self.lee.fill({"text": word("question")})
        assert self.lee.press("#ask button:not([name=quick])") == 200
        asked = self.lee.acts("handover.asked", handover=self.handover, text=word("question by socket"))
        self.amara.page.locator("#questions form textarea").nth(1).wait_for()
        first = self.amara.page.locator("#questions form").first
        first.locator("textarea").fill(word("answer"))
        with self.amara.page.expect_response(lambda answer: answer.request.method == "POST") as answered:
            first.locator("button").last.click()
        assert answered.value.status == 200
        self.program.done("POST", f"/questions/{asked['question']}/answer", {"text": word("answer by the API")})
        self.lee.acts("handover.call_requested", handover=self.handover)

    def say_back(self) -> None:
        """Lee says it back, Amara corrects it, Lee says it anew by the socket."""
        word = self.canaries.word
        self.lee.open(f"/handovers/{self.handover}/say-back/")
        typed = {"illness_severity": "watcher", "first": "own", "first_words": word("first action")}
        self.lee.fill(typed | {"own_words": word("synthesis")})
        assert self.lee.press('button[form="say-back"][value="say"]') == 200
        self.lee.arrives(f"/handovers/{self.handover}/$")
        self.amara.page.locator("#synthesis details summary").first.click()
        self.amara.page.locator("#synthesis textarea").fill(word("correction"))
        assert self.amara.press("#synthesis form button") == 200
        self.lee.acts(
            "handover.said_back",
            handover=self.handover,
            version=self._version(),
            illness_severity="watcher",
            first_action=word("first action, anew"),
            own_words=word("synthesis, anew"),
        )

    def accept(self) -> None:
        """Lee accepts; Amara changes it; Lee reads, says it back and accepts again."""
        self._lee_accepts()
        whole = self.program.done("GET", f"/handovers/{self.handover}")
        ipass = whole["document"]["ipass"]
        self.canaries.readers[ipass["situation_awareness"]] = ""
        ipass["situation_awareness"] = self.canaries.word("situation awareness, changed")
        changed = {"seen_version": whole["version_number"], "ipass": ipass}
        self.program.done("POST", f"/handovers/{self.handover}/edit", changed)
        self.lee.open(f"/handovers/{self.handover}/")
        told = {"handover": self.handover, "version": self._version()}
        self.lee.acts("handover.opened", **told)
        self.lee.acts("handover.read", **told)
        words = {"illness_severity": "watcher", "own_words": self.canaries.word("synthesis of the change")}
        self.lee.acts("handover.said_back", **told, **words)
        self._lee_accepts()

    def talk(self) -> None:
        """Amara writes about the patient and changes it; Lee answers by the socket, and makes a task of it."""
        word, lee = self.canaries.word, Person.objects.get(email="lee@readback.example")
        self.amara.open(f"/messages/patients/{self.patient}/?q=Lee")
        self.amara.fill({"to": f"person:{lee.pk}", "level": "urgent", "text": word("message")})
        assert self.amara.submit("compose") == 200
        self.amara.arrives(f"/messages/{ID}/$")
        thread, message = _id_in(self.amara.page.url), Message.objects.get()
        self.lee.shows("Urgent message")
        self.lee.open(f"/messages/{thread}/")
        self.canaries.read("lee", self.lee.read())
        told = {"thread": thread, "level": "fyi", "text": word("message by socket", reader="amara")}
        self.lee.acts("message.sent", **told)
        self.amara.shows(str(told["text"]))
        self.canaries.read("amara", self.amara.read())
        self.amara.open(f"/messages/m/{message.pk}/edit/")
        self.amara.fill({"text": word("message, changed")})
        assert self.amara.submit("edit") == 200
        self.amara.arrives(f"/messages/{thread}/$")
        self.lee.open(f"/messages/m/{message.pk}/task/")
        self.canaries.read("lee", self.lee.read())
        self.lee.fill({"what": word("task"), "owner": str(lee.pk), "by_when": "2126-01-01T09:00"})
        assert self.lee.submit("task") == 200
        self.lee.arrives(f"/messages/{thread}/$")
        self.lee.open("/messages/search/")
        self.lee.fill({"words": word("search in messages, nothing", reader="")})
        self.lee.page.locator("#messages-found button").click()
        self.lee.shows("0 messages found")

    def call(self) -> None:
        """Amara pages Lee about the patient, in words of every part; Lee reads them and owns it."""
        word, lee = self.canaries.word, Person.objects.get(email="lee@readback.example")
        self.amara.open(f"/patients/{self.patient}/page/")
        parts = ("situation", "background", "assessment", "recommendation")
        typed = {name: word(f"page, {name}") for name in parts} | {"call_back": self.canaries.number("page, call back")}
        self.amara.fill({"level": "urgent", "to": f"person:{lee.pk}", **typed})
        assert self.amara.submit("page-form") == 200
        self.amara.arrives(f"/p/{ID}/$")
        page = _id_in(self.amara.page.url)
        self.lee.shows("Urgent page")
        self.lee.open(f"/p/{page}/")
        self.canaries.read("lee", self.lee.read())
        self.lee.press_and_go("#page-dock .btn.tall")
        self.lee.shows("It is done")

    def leave(self) -> None:
        """Something is missing, so the gate is locked; an override is asked for, approved, and the patient moves."""
        word, page = self.canaries.word, self.amara.page
        self.amara.open(f"/handovers/{self.handover}/")
        code = CHECKLIST[0].code
        page.locator(f"#missing-{code} summary").click()
        page.locator(f"#reason-{code}").fill(word("checklist, why missing", reader="amara"))
        assert self.amara.press(f"#missing-{code} form button") == 200
        transfer = self.program.done("GET", f"/handovers/{self.handover}")["transfer_id"]
        for one in CHECKLIST[1:]:
            told = {"state": "missing", "reason": word(f"checklist by the API, {one.code}", reader="amara")}
            self.program.done("PUT", f"/transfers/{transfer}/checklist/{one.code}", told)
        self.amara.open(f"/transfers/{transfer}/override/")
        self.amara.fill({"reason": word("override, why", reader="colleague")})
        assert self.amara.submit("override") == 200
        self.amara.arrives(f"/handovers/{self.handover}/$")
        self.canaries.read("amara", self.amara.read())
        waiting = Override.objects.get(transfer_id=transfer).pk
        self.canaries.read("colleague", self.colleague.page(f"/overrides/{waiting}/approve/"))
        self.colleague.done("POST", f"/overrides/{waiting}/approve")
        self.program.done("POST", f"/transfers/{transfer}/depart")
        self.lee.open(f"/handovers/{self.handover}/")
        self.lee.press_and_go(f'form[action="/transfers/{transfer}/arrive/"] button')

    def decline(self) -> None:
        """The imported patient is handed over by the API alone; Lee reads it all and declines."""
        word = self.canaries.word
        handover = self.program.done("POST", f"/patients/{self.imported}/handovers")["id"]
        ipass: dict[str, Any] = {
            "illness_severity": "stable",
            "patient_summary": {"statement": word("API, statement")},
            "action_list": [{"what": word("API, action")}],
            "contingency_plan": [{"if_this": word("API, if this"), "then_that": word("API, then that")}],
        }
        revision = self.program.done("GET", f"/handovers/{handover}")["draft_revision"]
        self.program.done("PUT", f"/handovers/{handover}/draft", {"revision": revision, "ipass": ipass})
        move = {"to_unit_id": self.ward_id, "to_bed": word("API, bed")}
        to = {"address": "on_duty", "unit_id": self.ward_id, "transfer": move}
        self.program.done("POST", f"/handovers/{handover}/send", to)
        self.lee.open(f"/handovers/{handover}/")
        self.canaries.read("lee", self.lee.read())
        self.lee.open(f"/patients/{self.imported}/summary/")
        self.canaries.read("lee", self.lee.read())
        self.canaries.read("lee", self._in_lees_page(f"/api/v1/patients/{self.imported}"))
        self.lee.open(f"/handovers/{handover}/decline/")
        self.lee.fill({"reason": "other", "words": word("decline, why", reader="amara")})
        assert self.lee.submit("decline") == 200
        self.lee.arrives("/inbox/")
        self.amara.open(f"/handovers/{handover}/")
        self.canaries.read("amara", self.amara.read())

    def look_into_the_record(self, phone: Phone) -> None:
        """The compliance officer looks for the patient's number in the record, and for one that is none."""
        for number in (self.canaries.word("record, no number", reader=""), self.identity["record_number"]):
            phone.open("/audit/")
            phone.fill({"record_number": number})
            phone.page.locator(".record-filters button.primary").click()
            phone.shows("All about record number" if number[0].isdigit() else "Nothing was searched")
        phone.read()

    def read_everything(self) -> None:
        """Lee looks at every page of the patient, and the API gives it whole: what was planted has arrived."""
        for path in ("", "summary/", "timeline/"):
            self.lee.open(f"/patients/{self.patient}/{path}")
            self.canaries.read("lee", self.lee.read())
        for path in (f"/handovers/{self.handover}/", "/patients/", "/board/", "/inbox/"):
            self.lee.open(path)
            self.canaries.read("lee", self.lee.read())
        for path in (f"patients/{self.patient}", f"handovers/{self.handover}", f"patients/{self.patient}/timeline"):
            self.canaries.read("lee", self._in_lees_page(f"/api/v1/{path}"))

    # -- little helpers ------------------------------------------------------------------------------------------

    def _typed(self, section: str, kind: type[forms.Form]) -> dict[str, str]:
        typed = {}
        for name, asked in kind.base_fields.items():
            if isinstance(asked, LineField | TextField):
                typed[name] = self.canaries.word(f"{section}, {name}")
            elif isinstance(asked, OneOfField) and asked.required:
                typed[name] = str(list(asked.choices)[0][0])
        return typed | _CHOSEN.get(section, {}) | _MEASURED.get(section, {})

    def _entries(self, section: str) -> list[dict[str, Any]]:
        return list(self.program.done("GET", f"/patients/{self.patient}")["summary"][section]["entries"])

    def number(self) -> int:
        """Of the summary, as it stands."""
        return int(self.program.done("GET", f"/patients/{self.patient}")["summary_number"])

    def _version(self) -> str:
        return str(Handover.objects.values_list("current_id", flat=True).get(pk=self.handover))

    def _lee_accepts(self) -> None:
        whole = json.loads(self._in_lees_page(f"/api/v1/handovers/{self.handover}"))
        told = {"handover": self.handover, "version": whole["version_id"], "digest": whole["digest"]}
        self.lee.acts("handover.accepted", **told)

    def _in_lees_page(self, path: str) -> str:
        return str(self.lee.page.evaluate("async (path) => await (await fetch(path)).text()", path))


def _date(name: str, iso: str) -> dict[str, str]:
    year, month, day = iso.split("-")
    return {f"{name}_day": day, f"{name}_month": month, f"{name}_year": year}


def _id_in(url: str) -> str:
    found = re.search(ID, url)
    assert found is not None, url
    return found[0]
