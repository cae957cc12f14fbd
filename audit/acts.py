"""What kind of act each event is: for the officer who filters by it, and for the standard that it is exported in.

An event that has no row here is "system": it is shown and exported all the same. A test holds this table, and the words
in audit/wording.py, against every name in the code (tests/audit/event_names.py).
"""

from collections.abc import Mapping
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Kind(StrEnum):
    """What was done, in the terms that FHIR's AuditEvent knows (audit/fhir_audit.py)."""

    READ = "read"
    SEARCH = "search"
    CREATE = "create"
    UPDATE = "update"
    LOGIN = "login"
    LOGOUT = "logout"
    RIGHTS = "rights"
    ALERT = "alert"
    AUDIT = "audit"
    EXPORT = "export"
    IMPORT = "import"
    DISCLOSURE = "disclosure"
    SYSTEM = "system"


_NAMES: Mapping[Kind, str] = {
    Kind.READ: (
        "patient.read patient.listed card.read handover.opened handover.read person.read message.read message.opened"
        " paging.read thread.present"
    ),
    Kind.SEARCH: "patient.searched message.searched",
    Kind.CREATE: (
        "patient.created handover.drafted handover.sent handover.asked handover.answered handover.call_requested"
        " handover.said_back handover.reminded transfer.planned team.named thread.opened message.sent"
        " message.forwarded message.task_made message.upload paging.sent paging.not_sent script.written"
    ),
    Kind.UPDATE: (
        "identity.corrected summary.changed severity.set handover.edited handover.corrected handover.accepted"
        " handover.declined handover.withdrawn handover.confirmed handover.overtaken handover.caught_up handover.lapsed"
        " transfer.departed transfer.arrived transfer.cancelled transfer.returned transfer.override_requested"
        " transfer.override_approved transfer.checklist_set action.done responsibility.passed team.ended duty.started"
        " duty.ended session.unit_chosen phone.shared phone.kept role.taken role.left cover.asked cover.taken"
        " beds.taken beds.left"
        " cover.declined cover.withdrawn cover.undone message.edited message.retracted message.acknowledged"
        " message.passed_on message.done message.coming message.not_coming"
        " push.enabled push.ended push.opened push.shown"
        " paging.fired paging.climbed paging.owned paging.answered"
        " paging.passed paging.wrong_person paging.done paging.withdrawn paging.raised paging.disagreed"
        " paging.view_added paging.opened"
        " contact.added contact.shown contact.ended"
        " calendar.made calendar.ended availability.said availability.ended"
        " script.changed script.handed_over script.withdrawn script.used script.judged"
    ),
    Kind.LOGIN: "session.started session.verified session.refused sign_in.breaker",
    Kind.LOGOUT: "session.ended session.logout_refused phone.locked phone_shift.ended",
    Kind.RIGHTS: (
        "capability.added capability.confirmed capability.ended thread.member_added thread.member_left"
        " paging.policy_set paging.target_set quiet.level_set quiet.hours_set"
        " role.made role.ended role.set rotation.made rotation.ended "
        "password.changed password.given factor.added factor.codes_made factor.removed factor.renamed factor.reset"
        " factor.reset_asked factor.reset_dropped factor.recovery_used pin.set pin.changed person.created"
        " person.changed person.disabled person.enabled person.ended person.invited person.invitation_approved"
        " registration.checked registration.ended"
        " person.uninvited person.joined person.linked person.role_changed person.units_changed approval.asked"
        " approval.given approval.dropped scim.token_made scim.token_ended retention.asked retention.approved"
        " retention.dropped hold.placed hold.lift_asked hold.lifted hold.lift_dropped erasure.proposed"
        " erasure.approved erasure.dropped erasure.stopped disclosure.suspended"
    ),
    Kind.ALERT: (
        "proof.failed"
        " message.unowned paging.undecided"
        " coverage.gap quiet.overused cover.unanswered paging.skipped paging.unreached paging.nobody paging.closed"
        " glass.broken glass.ended glass.asked glass.answered glass.reviewed glass.overdue access.alerted vault.failed"
        " flag.raised flag.asked flag.answered flag.settled flag.overdue"
        " factor.guessed page.denied act.refused form.refused scim.refused reach.refused"
        " live.frame"
    ),
    Kind.AUDIT: (
        "audit.searched audit.glass_read audit.override_read audit.integrity_read audit.checkpoint_printed"
        " audit.transfer_read audit.thread_read audit.page_read audit.report_read audit.accounting_read"
        " transfer.override_reviewed audit.flags_read audit.flag_read audit.breach_read audit.marks_read flag.read"
        " glass.read flag.assessed mark.made mark.ended"
    ),
    Kind.EXPORT: (
        "calendar.read calendar.exported audit.exported"
        " audit.export_asked audit.export_approved audit.export_dropped evidence.exported"
        " audit.access_report_made audit.accounting_made"
    ),
    Kind.IMPORT: "summary.imported calendar.imported",
    Kind.DISCLOSURE: "disclosure.made",
    Kind.SYSTEM: (
        "proof.asked proof.due proof.over quiet.over quiet.nightly quiet.measured message.digest script.expiring "
        "duty.coverage paging.due paging.unread paging.settled paging.forgotten action.due "
        "ledger.heartbeat ledger.counted ledger.verification_started ledger.verified ledger.witness_answered key.turned"
        " key.turned_alone demonstration.built patient.erased"
    ),
}
KINDS: Mapping[str, Kind] = {name: kind for kind, names in _NAMES.items() for name in names.split()}

# The groups an officer filters by, and the beginnings of the names that belong to them.
GROUPS: Mapping[str, tuple[Promise, str]] = {
    "reads": (_("Any look at a patient"), ""),
    "patients": (_("A patient's data"), "patient summary severity identity team card"),
    "handovers": (_("Handovers"), "handover responsibility action"),
    "transfers": (_("Transfers and the gate"), "transfer"),
    "messages": (_("Messages"), "thread message"),
    "emergency": (_("Emergency access"), "glass"),
    "sign_in": (
        _("Sign-in, devices, duty"),
        "session password factor pin phone phone_shift sign_in duty push contact",
    ),
    "pages": (_("Pages"), "paging quiet"),
    "scripts": (_("Words for callers"), "script"),
    "roles": (_("Who is on call"), "role beds rotation cover coverage calendar capability availability proof"),
    "people": (_("People and what they may"), "person registration approval scim"),
    "review": (_("Looks that stood out"), "flag mark"),
    "desk": (_("This desk: searches, reviews, exports"), "audit evidence"),
    "disclosures": (_("Disclosures to others"), "disclosure"),
    "keeping": (_("Retention, legal holds, erasure"), "retention hold erasure"),
    "system": (_("The system itself"), "vault ledger key access page act form live reach demonstration"),
}
LOOKS = frozenset({Kind.READ, Kind.SEARCH})


def kind_of(event: str) -> Kind:
    """The kind of this event; "system" for a name without a row."""
    return KINDS.get(event, Kind.SYSTEM)


def names_in(group: str) -> list[str]:
    """The events of a group, by name. Raises KeyError for no group."""
    beginnings = GROUPS[group][1].split()
    if group == "reads":
        return sorted(name for name, kind in KINDS.items() if kind in LOOKS and name != "person.read")
    return sorted(name for name in KINDS if name.partition(".")[0] in beginnings)
