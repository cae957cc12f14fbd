"""The rules of IHE BALP that a schema does not know: which slices, codes and numbers each profile asks for.

Written from the profiles' own text (IHE ITI BALP 1.1, the sources of the examples in ../shared/data/audit), apart from
the code that they judge: audit/fhir_audit.py shares no constant with this module.
"""

BASE = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit."
DCM = "http://dicom.nema.org/resources/ontology/DCM"
REST = "http://hl7.org/fhir/restful-interaction"
SOURCE, DESTINATION, APPLICATION = (DCM, "110153"), (DCM, "110152"), (DCM, "110150")
CUSTODIAN = ("http://terminology.hl7.org/CodeSystem/provenance-participant-type", "custodian")
PART = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
RECIPIENT = {(PART, "IRCP")}
AUTHORS = {(PART, "AUT"), (PART, "INF"), (PART, "CST")}
ENTITY = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
ROLE = "http://terminology.hl7.org/CodeSystem/object-role"
DISCLOSE = ("http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle", "disclose")

# name: action, one of these subtypes, type of the client, type of the server, what the user may be
RESTFUL = {
    "Create": ("C", {"create"}, SOURCE, DESTINATION, AUTHORS),
    "Read": ("R", {"read", "vread"}, DESTINATION, SOURCE, RECIPIENT),
    "Update": ("U", {"update", "patch"}, SOURCE, DESTINATION, AUTHORS),
    "Delete": ("D", {"delete"}, APPLICATION, CUSTODIAN, AUTHORS),
    "Query": ("E", {"search", "search-type", "search-system"}, SOURCE, DESTINATION, RECIPIENT),
}


def broken_rules(event):
    """What an AuditEvent breaks of the profile that it claims, in words; empty where that is nothing."""
    wrong = []
    for claimed in event.get("meta", {}).get("profile", []):
        name = claimed.removeprefix(BASE)
        if name.removeprefix("Patient") in RESTFUL:
            wrong += _restful(event, name)
        elif name.startswith("PrivacyDisclosure."):
            wrong += _disclosure(event, name.partition(".")[2])
        elif name.startswith(("OAUTHaccessTokenUse", "SAMLaccessTokenUse")):
            wrong += _token(event)
        elif name == "AuthZconsent":
            wrong += _authorized(event)
        else:
            wrong.append(f"{claimed} is a profile that nobody checks here")
    return wrong


def _restful(event, name):
    action, subtypes, client, server, users = RESTFUL[name.removeprefix("Patient")]
    wrong = []
    if code(event["type"]) != ("http://terminology.hl7.org/CodeSystem/audit-event-type", "rest"):
        wrong.append("type is rest")
    if not {(REST, one) for one in subtypes} & {code(one) for one in event.get("subtype", [])}:
        wrong.append("a subtype is the interaction")
    if event.get("action") != action:
        wrong.append(f"action is {action}")
    if event.get("outcome") != "0":
        wrong.append("the profile is of a success")
    wrong += _machines(event, client, server)
    for user in agents(event, users):
        if not (user.get("who") and user["requestor"] is True) or "network" in user or "media" in user:
            wrong.append("the user is somebody, asks, and is no machine")
    if len(agents(event, users)) > 1:
        wrong.append("one user at the most")
    return wrong + _entities(event, is_query=name.endswith("Query"), has_patient=name.startswith("Patient"))


def _machines(event, client, server):
    wrong = []
    for word, kind in (("client", client), ("server", server)):
        found = agents(event, {kind})
        if len(found) != 1 or not found[0].get("who") or not found[0].get("network"):
            wrong.append(f"one {word}, with who and network")
        elif "media" in found[0]:
            wrong.append(f"the {word} is no medium")
    return wrong


def _entities(event, *, is_query, has_patient):
    objects = entities(event, (ENTITY, "2"))
    wrong = [] if len(objects) == 1 else ["one system object"]
    for one in objects:
        wrong += _query(one) if is_query else _object(one)
    if has_patient:
        wrong += _patient(entities(event, (ENTITY, "1")))
    for one in event.get("entity", []):
        if code(one.get("type", {}))[1] == "XrequestId" and not one.get("what", {}).get("identifier", {}).get("value"):
            wrong.append("a transaction has its number")
    return wrong


def _query(one):
    wrong = [f"a query has no {name}" for name in ("what", "lifecycle", "detail") if name in one]
    if code(one.get("role", {})) != (ROLE, "24") or not one.get("query"):
        wrong.append("a query has its role and the query")
    return wrong


def _object(one):
    is_good = code(one.get("role", {})) in {(ROLE, "3"), (ROLE, "4"), (ROLE, "20")} and one.get("what")
    return [] if is_good else ["the object has a role of RestObjectRoles and says what it is"]


def _patient(people):
    if len(people) != 1:
        return ["one patient"]
    what = people[0].get("what", {})
    if code(people[0].get("role", {})) != (ROLE, "1") or not what.get("reference", "").startswith("Patient/"):
        return ["the patient has the role of one, and is referred to"]
    return []


def _disclosure(event, side):
    kind, action = {"Source": ("110106", "R"), "Recipient": ("110107", "C")}[side]
    wrong = []
    if code(event["type"]) != (DCM, kind) or event.get("action") != action or "outcome" not in event:
        wrong.append("type, action and outcome of a disclosure")
    if DISCLOSE not in {code(one) for one in event.get("subtype", [])}:
        wrong.append("a subtype says that it is a disclosure")
    for kind_of in (SOURCE, DESTINATION):
        found = agents(event, {kind_of})
        if len(found) != 1 or not found[0].get("who") or not found[0].get("network"):
            wrong.append("one source and one recipient")
    own = agents(event, {SOURCE if side == "Source" else DESTINATION})
    if own and own[0].get("who") != event["source"].get("observer"):
        wrong.append("the side that records is the source of the record")
    if len(event.get("entity", [])) < 2:
        wrong.append("the patient and what was disclosed")
    return wrong + _patient(entities(event, (ENTITY, "1")))


def _token(event):
    users = [
        agent for agent in event["agent"] if any(one[1].startswith("User") for one in codes(agent.get("type", {})))
    ]
    is_good = len(users) == 1 and users[0]["requestor"] is True and users[0].get("policy")
    return [] if is_good else ["one user of a token, with its id as the policy"]


def _authorized(event):
    wrong = [] if (code(event["type"]), event.get("action")) == ((DCM, "110113"), "E") else ["type and action"]
    if len(agents(event, {APPLICATION})) != 1 or len(agents(event, RECIPIENT)) != 1:
        wrong.append("one client and one user")
    return wrong + _patient(entities(event, (ENTITY, "1")))


def codes(concept):
    """(system, code) of a CodeableConcept, or of a Coding."""
    return [
        (one.get("system", ""), one["code"]) for one in ([concept] if "code" in concept else concept.get("coding", []))
    ]


def code(concept):
    """The first of them."""
    return next(iter(codes(concept)), ("", ""))


def agents(event, kinds):
    """The agents whose type is one of these."""
    return [agent for agent in event["agent"] if set(codes(agent.get("type", {}))) & kinds]


def entities(event, kind):
    """The entities of this type."""
    return [entity for entity in event.get("entity", []) if code(entity.get("type", {})) == kind]
