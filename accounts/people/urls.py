"""The addresses of this room."""

from django.urls import path

from accounts.people import approving, views

app_name = "people"
urlpatterns = [
    path("people/", views.people, name="list"),
    path("people/invite/", views.invite, name="invite"),
    path("people/invitations/<uuid:invitation_id>/withdraw/", views.withdraw, name="withdraw"),
    path("people/invitations/<uuid:invitation_id>/approve/", approving.approve_invitation, name="approve_invitation"),
    path("people/two/", approving.two, name="two"),
    path("people/two/keys/", approving.ask_key_turn, name="ask_key_turn"),
    path("people/two/<uuid:approval_id>/approve/", approving.approve, name="approve"),
    path("people/two/<uuid:approval_id>/drop/", approving.drop, name="drop"),
    path("people/<uuid:person_id>/", views.person, name="person"),
    path("people/<uuid:person_id>/role/", views.role, name="role"),
    path("people/<uuid:person_id>/units/", views.units, name="units"),
    path("people/<uuid:person_id>/sign-out/", views.end_sessions, name="end_sessions"),
    path("people/<uuid:person_id>/registration/", views.registration, name="registration"),
    path("people/<uuid:person_id>/registration/end/", views.end_registration, name="end_registration"),
    path("people/<uuid:person_id>/leave/", views.leave, name="leave"),
    path("people/<uuid:person_id>/return/", views.bring_back, name="bring_back"),
    path("join/<str:token>/", views.join, name="join"),
]
