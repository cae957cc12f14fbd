"""The addresses of this room. The shortest is the page's own: it is what a notice on a lock screen opens."""

from django.urls import path

from handover.paging.views import disagreeing, pages, policies, writing

app_name = "paging"
urlpatterns = [
    path("p/<uuid:page_id>/", pages.page, name="page"),
    path("p/<uuid:page_id>/_page/", pages.page_fragment, name="page_fragment"),
    path("p/<uuid:page_id>/_dock/", pages.dock_fragment, name="dock_fragment"),
    path("p/<uuid:page_id>/answer/", pages.answer, name="answer"),
    path("p/<uuid:page_id>/done/", pages.finish, name="finish"),
    path("p/<uuid:page_id>/withdraw/", pages.withdraw, name="withdraw"),
    path("p/<uuid:page_id>/disagree/", disagreeing.disagree, name="disagree"),
    path("p/<uuid:page_id>/view/", disagreeing.view, name="view"),
    path("p/<uuid:page_id>/also/", pages.also, name="also"),
    path("p/<uuid:page_id>/hurry/", pages.hurry, name="hurry"),
    path("page/", writing.choose, name="choose"),
    path("patients/<uuid:patient_id>/page/", writing.new, name="new"),
    path("patients/<uuid:patient_id>/not-paged/", writing.decide, name="decide"),
    path("units/<uuid:unit_id>/pages/policy/", policies.policy, name="policy"),
    path("units/<uuid:unit_id>/pages/targets/", policies.target, name="target"),
]
