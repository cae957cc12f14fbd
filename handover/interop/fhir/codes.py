"""The codes the import knows: sections, empty reasons, ways to say 'none', vital signs and their units.

Sources: LOINC section codes of the International Patient Summary 2.0 Composition; FHIR R4 list-empty-reason;
IPS absent-unknown code system; SNOMED CT codes of the IPS free set.
"""

from decimal import Decimal

from handover.patients.documents import SectionState

SECTION_OF_LOINC = {
    "11450-4": "problems",
    "11348-0": "problems",
    "48765-2": "allergies",
    "10160-0": "medications",
    "10183-2": "medications",
    "30954-2": "results",
    "47519-4": "procedures",
    "46264-8": "devices",
    "42348-3": "code_status",
    "104605-1": "alerts",
    "47420-5": "mobility",
    "81338-6": "what_matters",
    "8716-3": "vital_signs",
}
# A section that may speak of the whole only when it says nothing of it: past problems do not say "no problems".
SECTIONS_OF_THE_WHOLE = frozenset(SECTION_OF_LOINC) - {"11348-0"}

STATE_OF_EMPTY_REASON = {
    "nilknown": SectionState.NONE_KNOWN,
    "notasked": SectionState.NOT_ASKED,
    "withheld": SectionState.WITHHELD,
    "unavailable": SectionState.UNAVAILABLE,
    "notstarted": SectionState.NOT_ASKED,
    "closed": SectionState.UNAVAILABLE,
}

# Codes that are no finding but the statement that there is none, or that nothing is known.
STATE_OF_CODE = {
    "716186003": SectionState.NONE_KNOWN,  # No known allergy
    "no-known-allergies": SectionState.NONE_KNOWN,
    "no-allergy-info": SectionState.UNAVAILABLE,
    "160245001": SectionState.NONE_KNOWN,  # No current problems or disability
    "no-known-problems": SectionState.NONE_KNOWN,
    "no-problem-info": SectionState.UNAVAILABLE,
    "787481004": SectionState.NONE_KNOWN,  # No known medications
    "no-known-medications": SectionState.NONE_KNOWN,
    "no-medication-info": SectionState.UNAVAILABLE,
    "no-known-procedures": SectionState.NONE_KNOWN,
    "no-procedure-info": SectionState.UNAVAILABLE,
    "no-known-devices": SectionState.NONE_KNOWN,
    "no-device-info": SectionState.UNAVAILABLE,
}
# "None known" of a part only: it must not become "no known allergies".
PARTLY_NONE = frozenset(
    {
        "409137002",  # No known drug allergy
        "429625007",  # No known food allergy
        "428607008",  # No known environmental allergy
        "no-known-medication-allergies",
        "no-known-food-allergies",
        "no-known-environmental-allergies",
    }
)

BLOOD_PRESSURE_PANELS = frozenset({"85354-9", "55284-4", "35094-2"})
VITAL_FIELD = {
    "9279-1": "respirations_per_min",
    "8867-4": "pulse_per_min",
    "2708-6": "spo2_percent",
    "59408-5": "spo2_percent",
    "8310-5": "temperature_c",
    "8331-1": "temperature_c",
    "8480-6": "systolic_mmhg",
    "8462-4": "diastolic_mmhg",
    "3151-8": "oxygen_flow_l_per_min",
}
WEIGHT_CODES = frozenset({"29463-7", "3141-9", "3142-7"})
VITALS_NOT_KEPT = {
    "8302-2": "body height is not part of the summary",
    "39156-5": "the body mass index is not part of the summary",
    "72514-3": "a pain score is not part of the summary",
    "85353-1": "a panel of vital signs: its members are taken one by one",
}
# field: (lowest, highest) that a patient can have, in the field's unit; beyond it is a mistake of unit or typing.
POSSIBLE = {
    "respirations_per_min": (0, 100),
    "pulse_per_min": (0, 300),
    "spo2_percent": (0, 100),
    "temperature_c": (25, 45),
    "systolic_mmhg": (20, 350),
    "diastolic_mmhg": (5, 250),
    "oxygen_flow_l_per_min": (0, 100),
}
# UCUM unit: (factor, offset) into the field's own unit.
CONVERSION = {
    "[degF]": (Decimal(5) / Decimal(9), Decimal(-160) / Decimal(9)),
    "kPa": (Decimal("7.50062"), Decimal(0)),
    "g": (Decimal("0.001"), Decimal(0)),
    "[lb_av]": (Decimal("0.45359237"), Decimal(0)),
}
KNOWN_UNITS = frozenset(
    {"", "/min", "{beats}/min", "{breaths}/min", "%", "Cel", "mm[Hg]", "kg", "L/min", "1/min"}
) | set(CONVERSION)

INTERPRETATION = {
    "H": "high",
    "HU": "high",
    "HH": "critical",
    "L": "low",
    "LU": "low",
    "LL": "critical",
    "A": "abnormal",
    "AA": "critical",
}
NOT_FOR_RESUSCITATION = frozenset({"304253006", "dnr", "143021000119109"})
FOR_RESUSCITATION = frozenset({"304252001"})
RESULT_ORDER_CATEGORIES = frozenset({"108252007", "363679005", "laboratory", "imaging", "LAB", "RAD"})
ALERT_KIND = {"safety": "isolation", "behavioral": "behaviour"}
UNUSED = {
    "Immunization": "immunisations are not part of the handover summary",
    "CarePlan": "a plan of care is not part of the summary; the handover says the plan",
    "Claim": "billing is not part of the summary",
    "ExplanationOfBenefit": "billing is not part of the summary",
    "Coverage": "billing is not part of the summary",
    "Encounter": "an earlier encounter; the stay here is recorded by this hospital",
    "Location": "a place of the sender's; nothing of the summary names it",
    "Organization": "an organisation that nothing taken names",
    "Practitioner": "a person that nothing taken names",
    "PractitionerRole": "a role that nothing taken names",
    "Provenance": "provenance of the sender's own records",
    "DocumentReference": "a document behind a link; it is not fetched",
    "Binary": "a file; files are not taken",
}
