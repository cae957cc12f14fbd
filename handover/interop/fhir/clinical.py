"""Problems, allergies, procedures, devices, alerts, code status: FHIR resources into the summary's entries."""

from typing import Any, Literal

from handover.interop.fhir import codes
from handover.interop.fhir.bundle import Taking
from handover.interop.fhir.values import (
    Json,
    codes_of,
    first_code,
    moment,
    narrative,
    objects,
    partial_date,
    string,
    when,
    words,
)
from handover.patients.documents import (
    Alert,
    Allergy,
    CodeStatus,
    Device,
    Diet,
    Mobility,
    PendingResult,
    Problem,
    Procedure,
)


def says_none(resource: Json, section: str, taking: Taking, said: set[str] | None = None) -> bool:
    """True when `resource` states an absence instead of a finding; the absence is then recorded.

    `said` are its codes where they stand elsewhere than in `code` or the medication's concept.
    """
    if said is None:
        said = codes_of(resource, "code") | codes_of(resource, "medicationCodeableConcept")
    for code in said & set(codes.STATE_OF_CODE):
        taking.state(resource, section, codes.STATE_OF_CODE[code])
        return True
    if said & codes.PARTLY_NONE:
        taking.leave(resource, f"it says '{words(resource.get('code'))}', which is not 'no known allergies': ask")
        return True
    return False


def coded(concept: object) -> dict[str, str]:
    """The `code` and `code_system` of an entry, from a concept's first coding."""
    code, system = first_code(concept)
    return {"code": code, "code_system": system}


def is_retracted(resource: Json, taking: Taking) -> bool:
    """True, and left, when the sender has taken the fact back or denies it."""
    verification = codes_of(resource, "verificationStatus")
    if verification & {"refuted", "entered-in-error"}:
        taking.leave(resource, f"the sender marks it as {sorted(verification)[0]}")
        return True
    return False


def condition(resource: Json, taking: Taking) -> None:
    """A Condition as a problem, or as a line of mobility where the Composition lists it there."""
    if says_none(resource, "problems", taking) or is_retracted(resource, taking):
        return
    text = words(resource.get("code")) or narrative(resource)
    if not text:
        taking.leave(resource, "it has no words")
        return
    text = taking.line(resource, text)
    if resource.get("_section") == "mobility":
        taking.take(resource, "mobility", Mobility(**taking.known(resource), text=text))
        return
    status: Literal["active", "resolved"] = (
        "resolved"
        if codes_of(resource, "clinicalStatus") & {"resolved", "inactive", "remission"} or resource.get("_past")
        else "active"
    )
    onset = partial_date(when(resource, "onsetDateTime", "onsetPeriod"))
    entry = Problem(**taking.known(resource), **coded(resource.get("code")), text=text, status=status, onset=onset)
    taking.take(resource, "problems", entry)


def allergy(resource: Json, taking: Taking) -> None:
    """An AllergyIntolerance with its reactions and how sure the sender is."""
    if says_none(resource, "allergies", taking) or is_retracted(resource, taking):
        return
    if codes_of(resource, "clinicalStatus") & {"resolved", "inactive"}:
        taking.leave(resource, "the sender marks the allergy as no longer active")
        return
    reactions = objects(resource, "reaction")
    substance = words(resource.get("code")) or next((words(r.get("substance")) for r in reactions), "")
    if not substance:
        taking.leave(resource, "it names no substance")
        return
    entry = Allergy(
        **taking.known(resource),
        **coded(resource.get("code")),
        substance=taking.line(resource, substance),
        reaction=taking.line(resource, _reactions(reactions)),
        criticality=_criticality(resource),
        kind="intolerance" if string(resource.get("type")) == "intolerance" else "allergy",
        is_confirmed=_is_confirmed(codes_of(resource, "verificationStatus")),
        since=partial_date(when(resource, "onsetDateTime", "onsetPeriod")),
    )
    taking.take(resource, "allergies", entry)


def _reactions(reactions: list[Json]) -> str:
    seen: list[str] = []
    for reaction in reactions:
        found = [words(one) for one in objects(reaction, "manifestation")] or [string(reaction.get("description"))]
        severity = string(reaction.get("severity"))
        seen += [f"{one} ({severity})" if severity else one for one in found if one]
    return ", ".join(dict.fromkeys(seen))


def _criticality(resource: Json) -> Literal["high", "low", "unknown"]:
    said = string(resource.get("criticality"))
    return "high" if said == "high" else "low" if said == "low" else "unknown"


def _is_confirmed(verification: set[str]) -> bool | None:
    if "confirmed" in verification:
        return True
    return False if verification & {"unconfirmed", "presumed"} else None


def procedure(resource: Json, taking: Taking) -> None:
    """A Procedure that was done."""
    if says_none(resource, "procedures", taking):
        return
    if string(resource.get("status")) in {"not-done", "entered-in-error", "preparation"}:
        taking.leave(resource, f"its status is {string(resource.get('status'))}: it was not done")
        return
    text = words(resource.get("code")) or narrative(resource)
    if not text:
        taking.leave(resource, "it has no words")
        return
    done = partial_date(when(resource, "performedDateTime", "performedPeriod", "performedString"))
    entry = Procedure(
        **taking.known(resource), **coded(resource.get("code")), text=taking.line(resource, text), done=done
    )
    taking.take(resource, "procedures", entry)


def device_use(resource: Json, taking: Taking) -> None:
    """A DeviceUseStatement with the Device it points at."""
    device = taking.graph.resolve(resource.get("device"), resource)
    reference = resource.get("device")
    text = words((device or {}).get("type")) or string(reference.get("display") if isinstance(reference, dict) else "")
    if string(resource.get("status")) in {"completed", "entered-in-error"}:
        taking.leave(resource, f"its status is {string(resource.get('status'))}: the device is no longer in use")
        return
    if device and says_none(resource, "devices", taking, said=codes_of(device, "type")):
        return
    if not text:
        taking.leave(resource, "it names no device")
        return
    entry = Device(
        **taking.known(resource),
        **coded((device or {}).get("type")),
        kind="implant" if "prosthesis" in text.lower() or "implant" in text.lower() else "other",
        text=taking.line(resource, text),
        site=taking.line(resource, words(resource.get("bodySite"))),
        placed=partial_date(when(resource, "timingDateTime", "timingPeriod")),
    )
    taking.take(resource, "devices", entry)
    if device is not None:
        taking.take(device)


def flag(resource: Json, taking: Taking) -> None:
    """A Flag as an alert, or as a diet."""
    text = words(resource.get("code"))
    if string(resource.get("status")) != "active" or not text:
        taking.leave(resource, "it is not active" if text else "it has no words")
        return
    categories = codes_of(resource, "category")
    text = taking.line(resource, text)
    if "diet" in categories:
        taking.take(resource, "diet", Diet(**taking.known(resource), text=text))
        return
    kind: Any = "other"
    for category, ours in codes.ALERT_KIND.items():
        if category in categories and (ours != "isolation" or "isol" in text.lower()):
            kind = ours
    since = partial_date(when(resource, "period"))
    entry = Alert(**taking.known(resource), **coded(resource.get("code")), kind=kind, text=text, since=since)
    taking.take(resource, "alerts", entry)


def consent(resource: Json, taking: Taking) -> None:
    """Code status is taken only from a code that says it; anything else is left for a person to read."""
    if string(resource.get("status")) != "active":
        taking.leave(resource, "it is not active")
        return
    provisions = objects(resource, "provision")
    said = codes_of(resource, "category") | {c for p in provisions for c in codes_of(p, "code")}
    value: Literal["full", "dnar"] | None = None
    if said & codes.NOT_FOR_RESUSCITATION:
        value = "dnar"
    elif said & codes.FOR_RESUSCITATION:
        value = "full"
    if value is None:
        taking.leave(resource, "a consent that does not say the code status: read it and enter the code status by hand")
        return
    decided = string(resource.get("dateTime"))
    taking.take(resource, "code_status", CodeStatus(**taking.known(resource), value=value, decided=decided[:30]))


def nutrition_order(resource: Json, taking: Taking) -> None:
    """A NutritionOrder as a diet."""
    oral = next(iter(objects(resource, "oralDiet")), {})
    text = ", ".join(words(one) for one in objects(oral, "type")) or string(oral.get("instruction"))
    if string(resource.get("status")) not in {"active", "on-hold"} or not text:
        taking.leave(resource, "it is not an active diet in words")
        return
    taking.take(resource, "diet", Diet(**taking.known(resource), text=taking.line(resource, text)))


def service_request(resource: Json, taking: Taking) -> None:
    """An active order for a laboratory test or an image is a result that somebody must chase; other orders are left."""
    name = words(resource.get("code"))
    is_result = codes_of(resource, "category") & codes.RESULT_ORDER_CATEGORIES
    if string(resource.get("status")) != "active" or resource.get("doNotPerform") is True or not name:
        taking.leave(resource, "it is not an active order")
        return
    if not is_result:
        taking.leave(resource, "an order that no category marks as a laboratory test or an image")
        return
    requester = resource.get("requester")
    entry = PendingResult(
        **taking.known(resource),
        **coded(resource.get("code")),
        name=taking.line(resource, name),
        ordered=moment(resource.get("authoredOn")),
        owner=taking.line(resource, string(requester.get("display") if isinstance(requester, dict) else "")),
    )
    taking.take(resource, "pending_results", entry)
