"""The addresses of this room."""

from django.urls import path

from handover.reach.views import answers

app_name = "reach"
urlpatterns = [
    path("reach/answers/", answers.take, name="answers"),
]
