"""Which factor is enough for whom. Pure functions.

Source: ASVS 5.0 V6.3.3 asks for a phishing-resistant factor bound to hardware at its third level; here that is asked of
the roles that can change who sees what, and of those that read the record (docs/decisions/0050).
"""

from datetime import datetime, timedelta

from accounts.models import TRUSTED_ROLES, Factor

RESET_GOOD_FOR = timedelta(hours=72)
NO_EXPORT_AFTER_RESET = timedelta(hours=24)
# As long as an invitation is open: over a week-end, and no longer.
ENROL_AFTER_RESET = timedelta(hours=72)


def needs_bound_passkey(role: str) -> bool:
    """Whether people of this role show a passkey that cannot be copied to another device, and no other factor."""
    return role in TRUSTED_ROLES


def is_enough(factor: str, *, role: str, is_backup_eligible: bool = False) -> bool:
    """Whether this factor makes a session of this role live."""
    if not needs_bound_passkey(role):
        return factor in Factor.values
    return factor in {Factor.SSO, Factor.DEMONSTRATION} or (factor == Factor.PASSKEY and not is_backup_eligible)


def may_enrol(factor: str, *, role: str) -> bool:
    """Whether people of this role are offered this factor of their own."""
    if needs_bound_passkey(role):
        return factor == Factor.PASSKEY
    return factor in {Factor.PASSKEY, Factor.TOTP, Factor.RECOVERY}


def may_export(last_reset: datetime | None, *, at: datetime) -> bool:
    """Whether somebody whose factors were last reset then may take data out. Source: PROTECTION 5.1."""
    return last_reset is None or last_reset + NO_EXPORT_AFTER_RESET <= at


def is_opened_by_reset(last_reset: datetime | None, *, at: datetime) -> bool:
    """Whether the reset of somebody's factors, by two administrators, lets them enrol anew by their password."""
    return last_reset is not None and last_reset + ENROL_AFTER_RESET > at
