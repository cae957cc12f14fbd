"""The addresses of this room."""

from django.urls import path

from handover.reach.push import views

app_name = "push"
urlpatterns = [
    # At the root, so that it may answer for every page.
    path("push-worker.js", views.worker, name="worker"),
    path("n/<uuid:notice>/", views.open_notice, name="open"),
    path("reach/", views.own, name="own"),
    path("reach/_devices/", views.devices_fragment, name="devices_fragment"),
    path("reach/_here/", views.here_fragment, name="here_fragment"),
    path("reach/push/here/", views.here, name="here"),
    path("reach/push/on/", views.turn_on, name="on"),
    path("reach/push/test/", views.test, name="test"),
    path("reach/push/shown/", views.shown, name="shown"),
    path("reach/push/<uuid:subscription_id>/off/", views.turn_off, name="off"),
]
