"""The addresses of this room."""

from django.urls import path

from handover.calls.scripts import views

app_name = "scripts"
urlpatterns = [
    path("scripts/", views.offer, name="list"),
    path("scripts/wordings/<uuid:wording_id>/use/", views.use, name="use"),
    path("scripts/uses/<uuid:use_id>/", views.went, name="went"),
    path("scripts/kept/", views.kept, name="kept"),
    path("scripts/new/", views.write, name="write"),
    path("scripts/<uuid:script_id>/", views.script, name="script"),
    path("scripts/<uuid:script_id>/renew/", views.renew, name="renew"),
    path("scripts/<uuid:script_id>/owner/", views.owner, name="owner"),
    path("scripts/<uuid:script_id>/withdraw/", views.withdraw, name="withdraw"),
]
