"""The addresses of the second factor."""

from django.urls import path

from accounts.factors.views import own, resets, second

app_name = "factors"
urlpatterns = [
    path("sign-in/second/", second.second, name="second"),
    path("sign-in/passkey/begin/", second.passkey_begin, name="passkey_begin"),
    path("sign-in/passkey/", second.passkey, name="passkey"),
    path("sign-in/factor/", second.enrol, name="enrol"),
    path("sign-in/factor/app/", second.enrol_app, name="enrol_app"),
    path("sign-in/factor/passkey/begin/", second.enrol_passkey_begin, name="enrol_passkey_begin"),
    path("sign-in/factor/passkey/", second.enrol_passkey, name="enrol_passkey"),
    path("me/confirm/", own.confirm, name="confirm"),
    path("me/confirm/passkey/begin/", own.confirm_passkey_begin, name="confirm_passkey_begin"),
    path("me/confirm/passkey/", own.confirm_passkey, name="confirm_passkey"),
    path("me/factors/", own.factors, name="own"),
    path("me/factors/app/", own.add_app, name="add_app"),
    path("me/factors/app/remove/", own.remove_app, name="remove_app"),
    path("me/factors/codes/", own.recovery_codes, name="codes"),
    path("me/factors/passkey/begin/", own.add_passkey_begin, name="add_passkey_begin"),
    path("me/factors/passkey/", own.add_passkey, name="add_passkey"),
    path("me/factors/passkeys/<int:passkey_id>/rename/", own.rename_passkey, name="rename_passkey"),
    path("me/factors/passkeys/<int:passkey_id>/remove/", own.remove_passkey, name="remove_passkey"),
    path("resets/", resets.resets, name="resets"),
    path("resets/ask/", resets.ask, name="ask_reset"),
    path("resets/<uuid:reset_id>/do/", resets.do, name="do_reset"),
    path("resets/<uuid:reset_id>/drop/", resets.drop, name="drop_reset"),
]
