"""The addresses of SCIM 2.0."""

from django.urls import path

from accounts.scim import views

app_name = "scim"
urlpatterns = [
    path("scim/v2/ServiceProviderConfig", views.described, {"kind": "ServiceProviderConfig"}, name="config"),
    path("scim/v2/ResourceTypes", views.described, {"kind": "ResourceTypes"}, name="resource_types"),
    path("scim/v2/Schemas", views.described, {"kind": "Schemas"}, name="schemas"),
    path("scim/v2/ResourceTypes/<str:name>", views.described_one, {"kind": "ResourceTypes"}, name="resource_type"),
    path("scim/v2/Schemas/<str:name>", views.described_one, {"kind": "Schemas"}, name="schema"),
    path("scim/v2/Users", views.users, name="users"),
    path("scim/v2/Users/<uuid:person_id>", views.user, name="user"),
    path("scim/v2/Groups", views.groups, name="groups"),
    path("scim/v2/Groups/<uuid:unit_id>", views.group, name="group"),
    path("scim/v2/<path:rest>", views.nothing, name="nothing"),
]
