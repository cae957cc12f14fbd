"""Why a sign-in by the provider was not done: a code for the log, and few different words for people.

Whoever is unknown, disabled or not linked reads the same words, so that a provider's account tells nobody who works
here.
"""

from live.refusals import Refusal


class SignInRefused(Refusal):
    """What came back from the provider is not the answer to what this browser asked."""

    status = 422
    code = "sso_refused"
    message = "Signing in did not finish, so you are not signed in. Start again from the sign-in page."


class NobodyHere(Refusal):
    """The provider vouches for somebody who may not sign in here."""

    status = 422
    code = "sso_nobody"
    message = (
        "The hospital's sign-in knows you, but no account here goes with it. Ask whoever runs Readback to link it."
    )


class ProviderAway(Refusal):
    """The provider cannot be asked, or describes itself in a way that is not taken."""

    status = 503
    code = "sso_away"
    message = "The hospital's sign-in does not answer. Wait a minute and try again, or ask for the local sign-in."


class LogoutRefused(Refusal):
    """A logout token that is not the provider's word. The words are for the provider's operator."""

    status = 400
    code = "logout_refused"
    message = "This logout token was not taken."
