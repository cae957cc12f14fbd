"""The addresses of this room."""

from django.urls import path

from handover.reach.views import answers, status

app_name = "reach"
urlpatterns = [
    path("reach/answers/", answers.take, name="answers"),
    path("reach/status/", status.status, name="status"),
]
