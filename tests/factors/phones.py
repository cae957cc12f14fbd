"""An app for codes on somebody's phone, as the tests hold it."""

from time import time

from django_otp.oath import TOTP


def app_of(person):
    """A confirmed app of the person, in place of any before: none of its codes was used yet."""
    from accounts.factors.models import TotpDevice

    TotpDevice.objects.filter(user=person).delete()
    device = TotpDevice(user=person, name="", confirmed=True)
    device.make_key()
    device.save()
    return device


def give_authenticator(page, *, is_copied=False):
    """Chromium's virtual authenticator: its passkeys say whether they are copied to other devices.

    Returns hold(key): it holds this passkey of tests/factors/authenticator.py too.
    """
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    how = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True, "defaultBackupEligibility": is_copied,
        "defaultBackupState": is_copied,
    }  # fmt: skip
    made = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": how})
    return lambda key: devtools.send(
        "WebAuthn.addCredential", {"authenticatorId": made["authenticatorId"], "credential": key.as_chromium_holds_it()}
    )


def code_of(device, *, ago=0):
    """What the app shows now, or showed so many seconds ago: six digits."""
    totp = TOTP(device.key)
    totp.time = time() - ago
    return f"{totp.token():06d}"
