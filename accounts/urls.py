"""The addresses of this room."""

from django.urls import path

from accounts.views import entry, own, passwords, phone, staff

app_name = "accounts"
urlpatterns = [
    path("sign-in/", entry.sign_in, name="sign_in"),
    path("sign-out/", entry.sign_out, name="sign_out"),
    path("demonstration/sign-in/", entry.demonstration_sign_in, name="demonstration"),
    path("sign-in/password/", passwords.first, name="first_password"),
    path("me/password/", passwords.own, name="password"),
    path("directory/", staff.show_directory, name="directory"),
    path("phone/", phone.screen, name="phone"),
    path("phone/lock/", phone.lock, name="lock"),
    path("phone/pin/", phone.choose_pin, name="choose_pin"),
    path("phone/share/", phone.share, name="share_phone"),
    path("phone/keep/", phone.keep, name="keep_phone"),
    path("phone/<uuid:shift_id>/", phone.unlock, name="unlock"),
    path("phone/<uuid:shift_id>/passkey/begin/", phone.passkey_begin, name="unlock_passkey_begin"),
    path("phone/<uuid:shift_id>/passkey/", phone.passkey, name="unlock_passkey"),
    path("me/", own.me, name="me"),
    path("me/here/", own.here, name="here"),
    path("me/unit/", own.choose, name="choose_unit"),
    path("me/duty/start/", own.start_duty, name="start_duty"),
    path("me/duty/end/", own.stop_duty, name="end_duty"),
    path("me/sessions/end-others/", own.stop_other_sessions, name="end_others"),
    path("me/sessions/<uuid:session_id>/end/", own.stop_session, name="end_session"),
]
