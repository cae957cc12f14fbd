"""What each role may do: one table for pages, frames of the socket, the API, exports and jobs. Pure; no ORM, no clock.

An act is named as its address is ("patients:list"), a frame as it is sent ("handover.read"), a job as its timer. A row
says which roles may do it at all; which patient it may be done to is decided after that, by a care relationship
(handover/patients/access.py). An act without a row is nobody's: forgetting one closes a door and opens none.
docs/decisions/0060.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from accounts.models import CLINICAL_ROLES, Role
from live.refusals import Denied, NotFound

EVERYBODY = frozenset(Role)
OFFICER = frozenset({Role.COMPLIANCE_OFFICER})
ADMINISTRATOR = frozenset({Role.ADMINISTRATOR})
AGENT = frozenset({Role.CALL_AGENT})


@dataclass(frozen=True)
class Row:
    """The roles that may. `is_hidden`: for the others there is no such thing, and the answer is that of an absent one.

    Hidden is what is about one patient, unit or person: a role must not learn from an answer that somebody is there.
    """

    roles: frozenset[Role]
    is_hidden: bool = False


_PAGES: tuple[tuple[Row, str, str], ...] = (
    (
        Row(EVERYBODY),
        "accounts",
        "directory me password here choose_unit start_duty end_duty end_session end_others lock choose_pin"
        " share_phone keep_phone",
    ),
    (
        Row(EVERYBODY),
        "factors",
        "confirm confirm_passkey_begin confirm_passkey own add_app remove_app codes add_passkey_begin add_passkey"
        " rename_passkey remove_passkey",
    ),
    (
        Row(ADMINISTRATOR, is_hidden=True),
        "people",
        "list invite withdraw person role units registration end_registration end_sessions leave bring_back"
        " two ask_key_turn approve drop approve_invitation",
    ),
    (Row(ADMINISTRATOR), "reach", "status"),
    (Row(ADMINISTRATOR), "factors", "resets ask_reset do_reset drop_reset"),
    (Row(EVERYBODY), "", "openapi api-docs"),
    # What these list is a clinician's: every other role gets an empty list, by the getter and not by this table.
    (Row(EVERYBODY), "api", "session the_directory start_duty stop_duty patients search register inbox"),
    (Row(EVERYBODY), "transfers", "own_board inbox inbox_fragment inbox_count"),
    (
        Row(OFFICER, is_hidden=True),
        "audit",
        "events overrides override emergencies emergency integrity integrity_progress checkpoint",
    ),
    (Row(OFFICER, is_hidden=True), "audit", "patient person export exports export_approve export_drop export_take"),
    (Row(OFFICER, is_hidden=True), "audit", "transfer transfer_evidence event event_evidence verifier"),
    (Row(OFFICER, is_hidden=True), "audit", "thread thread_evidence page page_evidence"),
    (Row(OFFICER, is_hidden=True), "audit", "flags flag breach marks mark_end"),
    # Whoever is asked by an officer answers: of any role, and about themselves only.
    (Row(EVERYBODY, is_hidden=True), "audit", "flag_answer"),
    (Row(OFFICER, is_hidden=True), "audit", "reports access_report"),
    (Row(OFFICER, is_hidden=True), "audit", "accounting accounting_report disclosure suspend"),
    (Row(OFFICER, is_hidden=True), "audit", "retention retention_act retention_decide"),
    # How oneself is reached, and where a notice of one's own leads.
    (Row(EVERYBODY), "push", "own devices_fragment here_fragment here on test"),
    (Row(EVERYBODY, is_hidden=True), "push", "off open"),
    (Row(EVERYBODY), "points", "add"),
    (Row(EVERYBODY, is_hidden=True), "points", "show end"),
    (
        Row(CLINICAL_ROLES),
        "duty",
        "own own_fragment take leave take_beds leave_beds ask swap calendar end_calendar not_reached back",
    ),
    # Who answers for a role is for everybody who may have to reach somebody: it names staff, and no patient.
    (Row(EVERYBODY), "duty", "board"),
    # Who plans a unit is decided by its lead's role, which an administrator gives.
    (
        Row(CLINICAL_ROLES | ADMINISTRATOR),
        "duty",
        "plan role end_role set end_rotation ask_for_gap import import_unit role_calendar unit_calendar",
    ),
    (Row(EVERYBODY), "directory", "find"),
    (Row(CLINICAL_ROLES | ADMINISTRATOR), "directory", "takes confirm end"),
    (Row(CLINICAL_ROLES, is_hidden=True), "duty", "accept decline withdraw undo"),
    (Row(CLINICAL_ROLES), "messaging", "threads threads_fragment search new new_group call_in upload"),
    (
        Row(CLINICAL_ROLES, is_hidden=True),
        "messaging",
        "of_patient thread messages_fragment photo attachment seen send members add remove answer edit retract forward"
        " task",
    ),
    (Row(CLINICAL_ROLES), "paging", "choose"),
    (
        Row(CLINICAL_ROLES, is_hidden=True),
        "paging",
        "new decide page page_fragment dock_fragment answer finish withdraw hurry also disagree view",
    ),
    (Row(CLINICAL_ROLES | ADMINISTRATOR), "paging", "policy target"),
    (Row(CLINICAL_ROLES | ADMINISTRATOR), "quiet", "levels unit_hours"),
    (Row(CLINICAL_ROLES), "quiet", "own"),
    (Row(CLINICAL_ROLES | ADMINISTRATOR), "messaging", "measures"),
    (Row(AGENT), "patients", "card"),
    (Row(AGENT), "scripts", "list use went"),
    # Who of the clinicians keeps them is decided by the lead's role, as for a unit's plan.
    (Row(CLINICAL_ROLES | ADMINISTRATOR), "scripts", "kept write script renew owner withdraw"),
    (Row(CLINICAL_ROLES), "interop", "import"),
    (Row(CLINICAL_ROLES), "patients", "list rows search new emergency"),
    (
        Row(CLINICAL_ROLES),
        "transfers",
        "shift shift_sent_fragment shift_recipients_fragment",
    ),
    (
        Row(CLINICAL_ROLES, is_hidden=True),
        "patients",
        "page brief_fragment summary summary_fragment severity timeline identity score add state correct now remove"
        " emergency_answer emergency_end team team_off",
    ),
    (
        Row(CLINICAL_ROLES, is_hidden=True),
        "transfers",
        "shift_facts_fragment board board_fragment start take finish handover compose draft send edit renew plan"
        " recipients withdraw remind open read ask call say_back accept confirm decline brief_fragment changed_fragment"
        " text_fragment checklist_fragment coming_fragment dock_fragment end_fragment gate_fragment ladder_fragment"
        " questions_fragment start_fragment status_fragment synthesis_fragment answer correct depart arrive cancel"
        " return override set_item approve",
    ),
    (
        Row(CLINICAL_ROLES, is_hidden=True),
        "api",
        "board patient correct_identity set_state put_entry remove_entry timeline draft handover save_draft send edit"
        " withdraw remind open_it read_it ask answer call say_back correct accept confirm decline who_has finish plan"
        " checklist depart arrive cancel return_patient override approve",
    ),
)
_FRAMES: tuple[tuple[Row, str, str], ...] = (
    (Row(CLINICAL_ROLES, is_hidden=True), "handover", "opened read asked answered call_requested said_back accepted"),
    (Row(CLINICAL_ROLES, is_hidden=True), "message", "sent acknowledged opened"),
    (Row(CLINICAL_ROLES, is_hidden=True), "thread", "present"),
)
# Addresses that ask for nobody: they show nothing of anybody before somebody has signed in, but that the lock screen of
# a shared phone names who works on it, to that phone's cookie alone.
PUBLIC = frozenset(
    {"front", "health", "accounts:sign_in", "accounts:sign_out", "accounts:demonstration", "api:api-root"}
    | {
        "accounts:phone",
        "accounts:unlock",
        "accounts:unlock_passkey_begin",
        "accounts:unlock_passkey",
        "accounts:first_password",
    }
    | {"factors:passkey_begin", "factors:passkey", "people:join"}
    | {"sso:start", "sso:back", "sso:logout"}
    # A script that is the same for everybody, and a device that says by a token of its own that it has rung.
    | {"push:worker", "push:shown"}
    | {"reach:answers"}
)
# By a token and by nothing else: no session opens them. Most are for a hospital's directory (accounts/scim/).
BY_TOKEN = frozenset(
    {"scim:config", "scim:resource_types", "scim:schemas", "scim:users", "scim:user", "scim:groups", "scim:group"}
    | {"scim:resource_type", "scim:schema", "scim:nothing"}
    # A person's own turns, for a calendar program that knows their secret address.
    | {"duty:feed"}
)
# The second step of signing in: for whoever knows a password and has yet to show a factor, whatever their role.
PENDING = frozenset(
    {
        "factors:second",
        "factors:enrol",
        "factors:enrol_app",
        "factors:enrol_passkey_begin",
        "factors:enrol_passkey",
    }
)
# What happens by itself at a time: no role may set it off, and nobody's eyes are behind it.
JOBS = frozenset(
    {"handover.lapsed", "glass.ended", "glass.overdue", "flag.overdue", "person.ended", "patient.erased"}
    | {"proof.due", "proof.over"}
    | {
        "cover.unanswered",
        "duty.coverage",
        "push.round",
        "push.silence",
        "paging.due",
        "paging.unread",
        "paging.undecided",
        "paging.settled",
        "paging.forgotten",
        "quiet.over",
        "quiet.nightly",
        "message.digest",
        "message.unowned",
        "script.expiring",
    }
)


def _named(rows: tuple[tuple[Row, str, str], ...], between: str) -> Iterator[tuple[str, Row]]:
    for row, room, names in rows:
        for name in names.split():
            yield (f"{room}{between}{name}" if room else name), row


PAGES: Mapping[str, Row] = dict(_named(_PAGES, ":"))
FRAMES: Mapping[str, Row] = dict(_named(_FRAMES, "."))


def may(role: str, act: str) -> bool:
    """Whether the role may do this at all, to whatever it may see. False for an act that has no row."""
    row = PAGES.get(act) or FRAMES.get(act)
    return row is not None and role in row.roles


def require(role: str, act: str, *, patient_id: UUID | None = None) -> None:
    """Raises what the act's row says to a role that may not: NotFound where it is hidden, else Denied."""
    if may(role, act):
        return
    row = PAGES.get(act) or FRAMES.get(act)
    if row is not None and row.is_hidden:
        raise NotFound(act="page.denied", code="role", patient_id=patient_id)
    raise Denied(act="page.denied", code="role" if row else "no_row", patient_id=patient_id)
