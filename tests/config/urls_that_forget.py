"""A page that forgets every filter, beside the real ones."""

from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.urls import path

from config.urls import urlpatterns as real


def patients_of_all(request: HttpRequest) -> JsonResponse:
    """Every patient that the database gives, with raw SQL."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM patients_patient")
        return JsonResponse([str(patient_id) for (patient_id,) in cursor.fetchall()], safe=False)


urlpatterns = [*real, path("patients-of-all/", patients_of_all)]
