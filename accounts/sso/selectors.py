"""Who signs in by the hospital's provider, and who may sign in by what is kept here."""

from django.conf import settings

from accounts.models import DeviceSession, Person
from accounts.sso.models import Identity, ProviderSession


def has_account_there(person: Person) -> bool:
    """Whether an account of the configured provider is this person; False where there is no provider."""
    if not settings.OIDC_ISSUER:
        return False
    return Identity.objects.filter(person=person, issuer=settings.OIDC_ISSUER).exists()


def was_vouched_for(session: DeviceSession) -> bool:
    """Whether the provider vouched for the person of this session, as opposed to a password of ours."""
    return ProviderSession.objects.filter(device_session=session, issuer=settings.OIDC_ISSUER).exists()


def may_sign_in_here(person: Person) -> bool:
    """Whether a password or a passkey of ours begins a session of theirs.

    With a provider it is for those the operator named: the way in when the provider is away.
    """
    return not settings.OIDC_ISSUER or "*" in settings.LOCAL_SIGN_IN or person.email in settings.LOCAL_SIGN_IN
