"""The addresses of this room."""

from django.urls import path

from audit import emergencies, integrity_pages, views
from audit.disclosures import views as disclosures
from audit.evidence import views as evidence
from audit.outgoing import views as outgoing
from audit.reports import patients, units
from audit.retention import views as retention
from audit.review import views as review

app_name = "audit"
urlpatterns = [
    path("audit/", views.events, name="events"),
    path("audit/integrity/", integrity_pages.page, name="integrity"),
    path("audit/integrity/_progress/", integrity_pages.progress, name="integrity_progress"),
    path("audit/integrity/checkpoint/", integrity_pages.checkpoint, name="checkpoint"),
    path("audit/export/", outgoing.export, name="export"),
    path("audit/exports/", outgoing.exports, name="exports"),
    path("audit/exports/<uuid:export_id>/approve/", outgoing.approve, name="export_approve"),
    path("audit/exports/<uuid:export_id>/drop/", outgoing.drop, name="export_drop"),
    path("audit/exports/<uuid:export_id>/take/", outgoing.take, name="export_take"),
    path("audit/reports/", units.report, name="reports"),
    path("audit/patients/<uuid:patient_id>/access.pdf", patients.access, name="access_report"),
    path("audit/patients/<uuid:patient_id>/disclosures.pdf", disclosures.report, name="accounting_report"),
    path("audit/patients/<uuid:patient_id>/disclosures/", disclosures.accounting, name="accounting"),
    path("audit/patients/<uuid:patient_id>/disclosures/new/", disclosures.disclosure, name="disclosure"),
    path("audit/disclosures/<uuid:disclosure_id>/suspend/", disclosures.suspend, name="suspend"),
    path("audit/patients/<uuid:patient_id>/", views.patient, name="patient"),
    path("audit/people/<uuid:person_id>/", views.person, name="person"),
    path("audit/transfers/<uuid:transfer_id>/", evidence.transfer, name="transfer"),
    path("audit/transfers/<uuid:transfer_id>/evidence/", evidence.transfer_evidence, name="transfer_evidence"),
    path("audit/threads/<uuid:thread_id>/", evidence.thread, name="thread"),
    path("audit/threads/<uuid:thread_id>/evidence/", evidence.thread_evidence, name="thread_evidence"),
    path("audit/pages/<uuid:page_id>/", evidence.page, name="page"),
    path("audit/pages/<uuid:page_id>/evidence/", evidence.page_evidence, name="page_evidence"),
    path("audit/events/<int:event_id>/", evidence.event, name="event"),
    path("audit/events/<int:event_id>/evidence/", evidence.event_evidence, name="event_evidence"),
    path("audit/verifier/", evidence.verifier, name="verifier"),
    path("audit/overrides/", views.overrides, name="overrides"),
    path("audit/overrides/<uuid:override_id>/", views.override, name="override"),
    path("audit/emergency/", emergencies.emergencies, name="emergencies"),
    path("audit/emergency/<uuid:glass_id>/", emergencies.emergency, name="emergency"),
    path("audit/flags/", review.flags, name="flags"),
    path("audit/flags/<uuid:flag_id>/", review.flag, name="flag"),
    path("audit/flags/<uuid:flag_id>/breach/", review.breach, name="breach"),
    path("audit/marks/", review.patient_marks, name="marks"),
    path("audit/marks/<uuid:mark_id>/end/", review.mark_end, name="mark_end"),
    # Not the officer's: whoever is asked answers here.
    path("questions/<uuid:flag_id>/", review.flag_answer, name="flag_answer"),
    path("audit/retention/", retention.page, name="retention"),
    path("audit/retention/act/", retention.act, name="retention_act"),
    path("audit/retention/decide/", retention.decide, name="retention_decide"),
]
