"""On what basis something about a patient leaves, in an officer's words and in the patient's, with the law's paragraph.

Source: 45 CFR 164.528(a)(1), which names the nine that an accounting leaves out; 164.512(a) to (l) for the others.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Basis(models.TextChoices):
    """Why it was given. The first nine are in no accounting; of the two that can be suspended see rules.py."""

    TREATMENT = "treatment", _("Treatment of the patient")
    PAYMENT = "payment", _("Payment for care")
    OPERATIONS = "operations", _("Running the hospital: quality, audits, its own lawyers")
    INDIVIDUAL = "individual", _("To the patient, or who acts for them")
    AUTHORIZATION = "authorization", _("The patient signed an authorization")
    INVOLVED = "involved", _("Directory, family, or others in the patient's care")
    SECURITY = "security", _("National security or intelligence")
    CUSTODY = "custody", _("Prison, or police who hold the patient")
    LIMITED = "limited", _("A limited data set, under its agreement")
    PUBLIC_HEALTH = "public_health", _("Public health authority: a disease, a death, a device")
    REQUIRED_BY_LAW = "required_by_law", _("Another law requires it")
    ABUSE = "abuse", _("Abuse, neglect or violence at home")
    OVERSIGHT = "oversight", _("Health oversight: an inspection or investigation")
    COURT = "court", _("A court, or a party before one")
    LAW_ENFORCEMENT = "law_enforcement", _("Law enforcement")
    DECEASED = "deceased", _("Coroner, medical examiner, funeral director")
    ORGANS = "organs", _("Organ, eye or tissue donation")
    RESEARCH = "research", _("Research without the patient's authorization")
    THREAT = "threat", _("A serious threat to somebody")
    GOVERNMENT = "government", _("Military, veterans, other government functions")
    COMPENSATION = "compensation", _("Workers' compensation")
    MISTAKE = "mistake", _("None: by mistake, or a breach")
    OTHER = "other", _("Something else")


@dataclass(frozen=True)
class Ground:
    """The paragraph, the purpose of use by HL7 for the log, and what the patient reads of it."""

    law: str
    purpose: str
    told: Promise


GROUNDS: Mapping[str, Ground] = {
    Basis.TREATMENT: Ground("164.506", "TREAT", _("for your treatment")),
    Basis.PAYMENT: Ground("164.506", "HPAYMT", _("for the payment of your care")),
    Basis.OPERATIONS: Ground("164.506", "HOPERAT", _("for the hospital's own work")),
    Basis.INDIVIDUAL: Ground("164.502(a)(1)(i)", "PATRQT", _("for you, at your request")),
    Basis.AUTHORIZATION: Ground("164.508", "PATRQT", _("because you signed that it may be given")),
    Basis.INVOLVED: Ground("164.510", "FAMRQT", _("for people who are involved in your care")),
    Basis.SECURITY: Ground("164.512(k)(2)", "HLEGAL", _("for national security")),
    Basis.CUSTODY: Ground("164.512(k)(5)", "HLEGAL", _("for those who held you in custody")),
    Basis.LIMITED: Ground("164.514(e)", "HRESCH", _("as part of data without your name")),
    Basis.PUBLIC_HEALTH: Ground("164.512(b)", "PUBHLTH", _("to protect public health")),
    Basis.REQUIRED_BY_LAW: Ground("164.512(a)", "HLEGAL", _("because a law requires it")),
    Basis.ABUSE: Ground("164.512(c)", "HLEGAL", _("to report abuse, neglect or violence")),
    Basis.OVERSIGHT: Ground("164.512(d)", "HLEGAL", _("for an authority that inspects health care")),
    Basis.COURT: Ground("164.512(e)", "HLEGAL", _("for a court case")),
    Basis.LAW_ENFORCEMENT: Ground("164.512(f)", "HLEGAL", _("for law enforcement")),
    Basis.DECEASED: Ground("164.512(g)", "HLEGAL", _("for those who look after the dead")),
    Basis.ORGANS: Ground("164.512(h)", "HOPERAT", _("for organ or tissue donation")),
    Basis.RESEARCH: Ground("164.512(i)", "HRESCH", _("for research")),
    Basis.THREAT: Ground("164.512(j)", "HLEGAL", _("to avert a serious threat")),
    Basis.GOVERNMENT: Ground("164.512(k)", "HLEGAL", _("for the military or another government function")),
    Basis.COMPENSATION: Ground("164.512(l)", "HLEGAL", _("for workers' compensation")),
    Basis.MISTAKE: Ground("164.528(a)(1)", "HOPERAT", _("by mistake: it should not have been given")),
    Basis.OTHER: Ground("164.528(a)(1)", "HOPERAT", _("for another reason")),
}
EXEMPT = frozenset(
    {
        Basis.TREATMENT,
        Basis.PAYMENT,
        Basis.OPERATIONS,
        Basis.INDIVIDUAL,
        Basis.AUTHORIZATION,
        Basis.INVOLVED,
        Basis.SECURITY,
        Basis.CUSTODY,
        Basis.LIMITED,
    }
)
# Whose recipient may ask that the patient is not told for a time: 45 CFR 164.528(a)(2)(i).
CAN_WAIT = frozenset({Basis.OVERSIGHT, Basis.LAW_ENFORCEMENT})
# Which may be told of as a series: those of 164.512, and so none that was a mistake (164.528(b)(3)).
IN_SERIES = frozenset(Basis) - EXEMPT - {Basis.MISTAKE, Basis.OTHER}
