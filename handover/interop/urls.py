"""The addresses of this room."""

from django.urls import path

from handover.interop import views

app_name = "interop"

urlpatterns = [path("import/", views.import_page, name="import")]
