"""The addresses of single sign-on. The way back and the logout are registered with the provider, letter by letter."""

from django.urls import path

from accounts.sso import views

app_name = "sso"
urlpatterns = [
    path("sign-in/sso/", views.start, name="start"),
    path("sign-in/sso/back/", views.back, name="back"),
    path("sign-in/sso/logout/", views.logout, name="logout"),
]
