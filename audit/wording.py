"""Events, outcomes and relationships in an officer's words. An event that is not here is shown by its own name."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ACTS: dict[str, Promise] = {
    "patient.read": _("Opened a patient"),
    "patient.listed": _("Saw a list of patients"),
    "patient.searched": _("Searched for a patient"),
    "patient.created": _("Registered a patient"),
    "identity.corrected": _("Corrected who a patient is"),
    "summary.changed": _("Changed the summary"),
    "severity.set": _("Said how ill a patient is"),
    "summary.imported": _("Imported a summary"),
    "handover.drafted": _("Began a handover"),
    "handover.sent": _("Sent a handover"),
    "handover.edited": _("Edited a handover"),
    "handover.opened": _("Opened a handover"),
    "handover.read": _("Read a handover to the end"),
    "handover.asked": _("Asked a question"),
    "handover.answered": _("Answered a question"),
    "handover.call_requested": _("Asked for a call"),
    "handover.said_back": _("Said a handover back"),
    "handover.corrected": _("Corrected a synthesis"),
    "handover.accepted": _("Accepted a handover"),
    "handover.declined": _("Declined a handover"),
    "handover.withdrawn": _("Withdrew a handover"),
    "transfer.planned": _("Planned a transfer"),
    "transfer.departed": _("Patient departed"),
    "transfer.arrived": _("Patient arrived"),
    "transfer.cancelled": _("Cancelled a transfer"),
    "transfer.returned": _("Patient came back"),
    "transfer.override_requested": _("Asked to override the gate"),
    "transfer.override_approved": _("Approved an override of the gate"),
    "transfer.override_reviewed": _("Reviewed an override"),
    "handover.confirmed": _("Confirmed a handover as the patient is now"),
    "handover.overtaken": _("The vital signs locked the gate"),
    "handover.caught_up": _("The vital signs no longer lock the gate"),
    "handover.lapsed": _("An acceptance grew older than four hours"),
    "handover.reminded": _("Reminded of a handover"),
    "audit.override_read": _("Read the reason of an override"),
    "transfer.checklist_set": _("Set a checklist item"),
    "responsibility.passed": _("Responsibility passed"),
    "action.done": _("Finished an action"),
    "session.started": _("Signed in"),
    "session.ended": _("Session ended"),
    "session.refused": _("Sign-in"),
    "session.unit_chosen": _("Chose a unit to work in"),
    "password.changed": _("Changed a password"),
    "password.given": _("Gave a first password"),
    "person.created": _("Made an account"),
    "duty.started": _("Went on duty"),
    "duty.ended": _("Went off duty"),
    "vault.failed": _("A sealed value did not open"),
    "audit.searched": _("Searched the record"),
    "page.denied": _("Opened a page of another role"),
    "act.refused": _("Tried something"),
}

OUTCOMES: dict[str, Promise] = {"success": _("Done"), "refused": _("Refused"), "failed": _("Failed")}
TONES = {"success": "ok", "refused": "no", "failed": "odd"}
ICONS = {"success": "check", "refused": "ban", "failed": "triangle-alert"}

RELATIONSHIPS: dict[str, Promise] = {
    "unit_has_patient": _("Unit has the patient"),
    "handover_addressed": _("A handover is addressed to them"),
    "handover_author": _("Wrote a handover"),
    "responsible": _("Holds responsibility"),
}
