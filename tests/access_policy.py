"""Who may reach what: one row for every address and every frame. The matrix test fails when an address has no row.

A row says to whom an address answers. For everybody else the answer must be the one that an absent thing gives.
"""

from enum import Enum, auto


class To(Enum):
    """To whom an address answers with something of its own."""

    ANYBODY = auto()  # also without signing in
    SIGNED_IN = auto()  # every signed-in person: nothing of a patient
    PENDING = auto()  # whoever knows the password and has yet to show a factor
    OWN = auto()  # a thing of the person's own, by its id
    OWN_KEY = auto()  # the same by its number, for whoever has just shown a factor
    CLINICIAN_OWN = auto()  # a thing of a clinician's own, by its id
    CLINICIANS = auto()  # nurses and physicians: what they see there is theirs; every other role is refused
    CLINICIANS_LIST = auto()  # a list of what is a clinician's; for every other role it is empty, or nothing is there
    PLANNERS = auto()  # whoever leads the unit, and an administrator; no other role, and no other of the unit
    OFFICER = auto()  # the compliance officer
    OFFICER_ACT = auto()  # what an officer does: it is posted, and shows no page
    AGENT = auto()  # the call agent: a card by two identifiers, and no chart
    ADMINISTRATOR = auto()  # the administrator: staff, and nothing of a patient
    UNIT = auto()  # clinicians of one unit
    PATIENT = auto()  # whoever has a care relationship with one patient


POLICY: dict[str, To] = {
    "patients:card": To.AGENT,
    "front": To.ANYBODY,
    "health": To.ANYBODY,
    "accounts:sign_in": To.ANYBODY,
    "accounts:sign_out": To.ANYBODY,
    "accounts:demonstration": To.ANYBODY,
    "people:join": To.ANYBODY,
    # On a shared phone alone, which its cookie says; elsewhere they lead to the sign-in, and name nobody.
    "accounts:phone": To.ANYBODY,
    "accounts:unlock": To.ANYBODY,
    "accounts:unlock_passkey_begin": To.ANYBODY,
    "accounts:unlock_passkey": To.ANYBODY,
    "accounts:lock": To.SIGNED_IN,
    "accounts:choose_pin": To.SIGNED_IN,
    "accounts:share_phone": To.SIGNED_IN,
    "accounts:keep_phone": To.SIGNED_IN,
    "accounts:first_password": To.ANYBODY,
    "accounts:password": To.SIGNED_IN,
    "factors:passkey_begin": To.ANYBODY,
    "factors:passkey": To.ANYBODY,
    # By the token of a directory alone (tests/scim/); everybody else gets 401, whatever they ask for.
    "scim:config": To.ANYBODY,
    "scim:resource_types": To.ANYBODY,
    "scim:resource_type": To.ANYBODY,
    "scim:schema": To.ANYBODY,
    "scim:nothing": To.ANYBODY,
    "scim:schemas": To.ANYBODY,
    "scim:users": To.ANYBODY,
    "scim:user": To.ANYBODY,
    "scim:groups": To.ANYBODY,
    "scim:group": To.ANYBODY,
    "sso:start": To.ANYBODY,
    "sso:back": To.ANYBODY,
    "sso:logout": To.ANYBODY,
    # By the signature of the provider alone (tests/reach/test_answers.py).
    "reach:answers": To.ANYBODY,
    "reach:status": To.ADMINISTRATOR,
    "accounts:directory": To.SIGNED_IN,
    "accounts:me": To.SIGNED_IN,
    "accounts:here": To.SIGNED_IN,
    "accounts:choose_unit": To.SIGNED_IN,
    "accounts:start_duty": To.SIGNED_IN,
    "accounts:end_duty": To.SIGNED_IN,
    "accounts:end_session": To.OWN,
    "accounts:end_others": To.SIGNED_IN,
    "directory:find": To.SIGNED_IN,
    "directory:takes": To.PLANNERS,
    "directory:confirm": To.PLANNERS,
    "directory:end": To.PLANNERS,
    "points:add": To.SIGNED_IN,
    "points:show": To.OWN,
    "points:end": To.OWN,
    "push:own": To.SIGNED_IN,
    "push:devices_fragment": To.SIGNED_IN,
    "push:here_fragment": To.SIGNED_IN,
    "push:here": To.SIGNED_IN,
    "push:on": To.SIGNED_IN,
    "push:test": To.SIGNED_IN,
    "push:off": To.OWN,
    "push:open": To.OWN,
    # The same script for everybody; and what a device says by its token alone (tests/reach/test_push_answers.py).
    "push:worker": To.ANYBODY,
    "push:shown": To.ANYBODY,
    "paging:choose": To.CLINICIANS,
    "paging:new": To.PATIENT,
    "paging:decide": To.PATIENT,
    "paging:page": To.PATIENT,
    "paging:page_fragment": To.PATIENT,
    "paging:dock_fragment": To.PATIENT,
    "paging:answer": To.PATIENT,
    "paging:finish": To.PATIENT,
    "paging:withdraw": To.PATIENT,
    "paging:hurry": To.PATIENT,
    "paging:also": To.PATIENT,
    "paging:disagree": To.PATIENT,
    "paging:view": To.PATIENT,
    "paging:policy": To.PLANNERS,
    "paging:target": To.PLANNERS,
    "quiet:levels": To.PLANNERS,
    "quiet:unit_hours": To.PLANNERS,
    "quiet:own": To.CLINICIANS,
    "messaging:measures": To.PLANNERS,
    "scripts:list": To.AGENT,
    "scripts:use": To.AGENT,
    "scripts:went": To.AGENT,
    "scripts:kept": To.PLANNERS,
    "scripts:write": To.PLANNERS,
    "scripts:script": To.PLANNERS,
    "scripts:renew": To.PLANNERS,
    "scripts:owner": To.PLANNERS,
    "scripts:withdraw": To.PLANNERS,
    "duty:own": To.CLINICIANS,
    "duty:take": To.CLINICIANS,
    "duty:leave": To.CLINICIANS,
    "duty:take_beds": To.CLINICIANS,
    "duty:leave_beds": To.CLINICIANS,
    "duty:ask": To.CLINICIANS,
    "duty:swap": To.CLINICIANS,
    "duty:own_fragment": To.CLINICIANS,
    "duty:not_reached": To.CLINICIANS,
    "duty:back": To.CLINICIANS,
    "duty:calendar": To.CLINICIANS,
    "duty:end_calendar": To.CLINICIANS,
    # By the secret address alone (tests/duty/test_calendar_feed.py); everybody else gets 404.
    "duty:feed": To.ANYBODY,
    "duty:role_calendar": To.PLANNERS,
    "duty:import": To.PLANNERS,
    "duty:import_unit": To.PLANNERS,
    "duty:unit_calendar": To.PLANNERS,
    "duty:board": To.SIGNED_IN,
    "duty:plan": To.PLANNERS,
    "duty:role": To.PLANNERS,
    "duty:end_role": To.PLANNERS,
    "duty:set": To.PLANNERS,
    "duty:end_rotation": To.PLANNERS,
    "duty:ask_for_gap": To.PLANNERS,
    "duty:accept": To.CLINICIAN_OWN,
    "duty:decline": To.CLINICIAN_OWN,
    "duty:withdraw": To.CLINICIAN_OWN,
    "duty:undo": To.CLINICIAN_OWN,
    "openapi": To.SIGNED_IN,
    "api-docs": To.SIGNED_IN,
    "api:api-root": To.ANYBODY,
    "api:session": To.SIGNED_IN,
    "api:the_directory": To.SIGNED_IN,
    "api:start_duty": To.UNIT,
    "api:stop_duty": To.UNIT,
    "audit:events": To.OFFICER,
    "audit:integrity": To.OFFICER,
    "audit:reports": To.OFFICER,
    "audit:access_report": To.OFFICER_ACT,
    "audit:accounting": To.OFFICER,
    "audit:accounting_report": To.OFFICER_ACT,
    "audit:disclosure": To.OFFICER,
    "audit:suspend": To.OFFICER,
    "audit:integrity_progress": To.OFFICER,
    "audit:checkpoint": To.OFFICER,
    "audit:exports": To.OFFICER,
    "audit:export": To.OFFICER_ACT,
    "audit:export_approve": To.OFFICER_ACT,
    "audit:export_drop": To.OFFICER_ACT,
    "audit:export_take": To.OFFICER_ACT,
    "audit:patient": To.OFFICER,
    "audit:person": To.OFFICER,
    "audit:transfer": To.OFFICER,
    "audit:transfer_evidence": To.OFFICER_ACT,
    "audit:thread": To.OFFICER,
    "audit:thread_evidence": To.OFFICER_ACT,
    "audit:page": To.OFFICER,
    "audit:page_evidence": To.OFFICER_ACT,
    "audit:event": To.OFFICER,
    "audit:event_evidence": To.OFFICER_ACT,
    "audit:verifier": To.OFFICER,
    "audit:overrides": To.OFFICER,
    "audit:override": To.OFFICER,
    "audit:emergencies": To.OFFICER,
    "audit:emergency": To.OFFICER,
    "audit:flags": To.OFFICER,
    "audit:flag": To.OFFICER,
    "audit:breach": To.OFFICER,
    "audit:marks": To.OFFICER,
    "audit:mark_end": To.OFFICER_ACT,
    "audit:flag_answer": To.OWN,
    "audit:retention": To.OFFICER,
    "audit:retention_act": To.OFFICER,
    "audit:retention_decide": To.OFFICER,
    "interop:import": To.CLINICIANS,
    "patients:list": To.CLINICIANS,
    "patients:rows": To.CLINICIANS,
    "patients:search": To.CLINICIANS,
    "patients:new": To.CLINICIANS,
    "patients:emergency": To.CLINICIANS,
    "patients:emergency_answer": To.CLINICIAN_OWN,
    "api:patients": To.CLINICIANS_LIST,
    "api:search": To.CLINICIANS_LIST,
    "api:register": To.CLINICIANS_LIST,
    "messaging:threads": To.CLINICIANS,
    "messaging:threads_fragment": To.CLINICIANS,
    "messaging:search": To.CLINICIANS,
    "messaging:new": To.CLINICIANS,
    "messaging:new_group": To.CLINICIANS,
    "messaging:call_in": To.CLINICIANS,
    "messaging:of_patient": To.PATIENT,
    "messaging:thread": To.PATIENT,
    "messaging:messages_fragment": To.PATIENT,
    "messaging:photo": To.PATIENT,
    "messaging:attachment": To.PATIENT,
    "messaging:upload": To.CLINICIANS,
    "messaging:seen": To.PATIENT,
    "messaging:send": To.PATIENT,
    "messaging:members": To.PATIENT,
    "messaging:add": To.PATIENT,
    "messaging:remove": To.PATIENT,
    "messaging:answer": To.PATIENT,
    "messaging:edit": To.PATIENT,
    "messaging:retract": To.PATIENT,
    "messaging:forward": To.PATIENT,
    "messaging:task": To.PATIENT,
    "transfers:own_board": To.SIGNED_IN,
    "transfers:shift": To.CLINICIANS,
    "transfers:shift_sent_fragment": To.CLINICIANS,
    "transfers:shift_recipients_fragment": To.CLINICIANS,
    "transfers:shift_facts_fragment": To.PATIENT,
    "transfers:inbox": To.SIGNED_IN,
    "transfers:inbox_fragment": To.SIGNED_IN,
    "transfers:inbox_count": To.SIGNED_IN,
    "api:inbox": To.CLINICIANS_LIST,
    "transfers:board": To.UNIT,
    "transfers:board_fragment": To.UNIT,
    "api:board": To.UNIT,
}

_OF_A_PATIENT = {
    "patients": (
        "page brief_fragment summary summary_fragment severity timeline identity score add state correct now remove "
        "emergency_end team team_off"
    ),
    "transfers": (
        "start take finish handover compose draft send edit renew plan recipients withdraw remind open read ask call "
        "say_back accept confirm decline brief_fragment changed_fragment text_fragment "
        "checklist_fragment coming_fragment dock_fragment end_fragment gate_fragment "
        "ladder_fragment "
        "questions_fragment start_fragment status_fragment synthesis_fragment answer correct depart arrive "
        "cancel return "
        "override set_item approve"
    ),
    "api": (
        "patient correct_identity set_state put_entry remove_entry timeline draft handover save_draft send edit "
        "withdraw remind "
        "open_it read_it ask answer call say_back correct accept confirm decline who_has finish plan checklist depart "
        "arrive cancel return_patient override approve"
    ),
}
_OF_FACTORS = {
    To.PENDING: "second enrol enrol_app enrol_passkey_begin enrol_passkey",
    To.SIGNED_IN: (
        "confirm confirm_passkey_begin confirm_passkey own add_app remove_app codes add_passkey_begin add_passkey"
    ),
    To.OWN_KEY: "rename_passkey remove_passkey",
    To.ADMINISTRATOR: "resets ask_reset do_reset drop_reset",
}
_OF_PEOPLE = (
    "list invite withdraw person role units registration end_registration end_sessions leave bring_back"
    " two ask_key_turn approve drop approve_invitation"
)
POLICY |= {f"people:{name}": To.ADMINISTRATOR for name in _OF_PEOPLE.split()}
POLICY |= {f"factors:{name}": to for to, names in _OF_FACTORS.items() for name in names.split()}
POLICY |= {f"{room}:{name}": To.PATIENT for room, names in _OF_A_PATIENT.items() for name in names.split()}

FRAMES: dict[str, To] = (
    {
        f"handover.{name}": To.PATIENT
        for name in ("opened", "read", "asked", "answered", "call_requested", "said_back", "accepted")
    }
    | {f"message.{name}": To.PATIENT for name in ("sent", "acknowledged", "opened")}
    | {"thread.present": To.PATIENT}
)
