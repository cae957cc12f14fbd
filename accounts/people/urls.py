"""The addresses of this room."""

from django.urls import path

from accounts.people import views

app_name = "people"
urlpatterns = [
    path("people/", views.people, name="list"),
    path("people/invite/", views.invite, name="invite"),
    path("people/invitations/<uuid:invitation_id>/withdraw/", views.withdraw, name="withdraw"),
    path("people/<uuid:person_id>/", views.person, name="person"),
    path("people/<uuid:person_id>/role/", views.role, name="role"),
    path("people/<uuid:person_id>/units/", views.units, name="units"),
    path("people/<uuid:person_id>/sign-out/", views.end_sessions, name="end_sessions"),
    path("people/<uuid:person_id>/leave/", views.leave, name="leave"),
    path("join/<str:token>/", views.join, name="join"),
]
