"""The addresses of this room."""

from django.urls import path

from handover.messaging.views import acts, files, measures, pages, writing

app_name = "messaging"
urlpatterns = [
    path("messages/", pages.threads, name="threads"),
    path("messages/_list/", pages.threads_fragment, name="threads_fragment"),
    path("messages/search/", pages.search, name="search"),
    path("messages/new/", writing.new, name="new"),
    path("messages/new/group/", writing.new_group, name="new_group"),
    path("messages/new/call-in/", writing.call_in, name="call_in"),
    path("messages/patients/<uuid:patient_id>/", writing.of_patient, name="of_patient"),
    path("messages/<uuid:thread_id>/", pages.thread, name="thread"),
    path("messages/<uuid:thread_id>/_messages/", pages.messages_fragment, name="messages_fragment"),
    path("messages/<uuid:thread_id>/seen/", acts.seen, name="seen"),
    path("messages/send/<uuid:thread_id>/", writing.send, name="send"),
    path("messages/uploads/<uuid:upload_id>/", files.upload, name="upload"),
    path("messages/files/<uuid:file_id>/", files.attachment, name="attachment"),
    path("messages/photos/<uuid:photo_id>/", pages.photo, name="photo"),
    path("messages/<uuid:thread_id>/members/", pages.members, name="members"),
    path("messages/<uuid:thread_id>/add/", acts.add, name="add"),
    path("messages/<uuid:thread_id>/remove/", acts.remove, name="remove"),
    path("messages/m/<uuid:message_id>/answer/", acts.answer, name="answer"),
    path("messages/m/<uuid:message_id>/edit/", writing.edit, name="edit"),
    path("messages/m/<uuid:message_id>/retract/", acts.retract, name="retract"),
    path("messages/m/<uuid:message_id>/forward/", writing.forward, name="forward"),
    path("messages/m/<uuid:message_id>/task/", writing.task, name="task"),
    path("units/<uuid:unit_id>/interruptions/", measures.measures, name="measures"),
]
