"""The addresses of this room. A last part that begins with _ is a fragment."""

from django.urls import path

from handover.transfers.views import answering, boards, compose, handovers, moves, receiving, sending, shift

app_name = "transfers"

_FRAGMENTS = [
    path(f"handovers/<uuid:handover_id>/_{name}/", handovers.fragment, {"name": name}, name=f"{name}_fragment")
    for name in sorted(handovers.FRAGMENTS)
]

urlpatterns = [
    path("patients/<uuid:patient_id>/hand-over/", compose.start, name="start"),
    path("patients/<uuid:patient_id>/take/", answering.take, name="take"),
    path("actions/<uuid:action_id>/done/", answering.finish, name="finish"),
    path("handovers/shift/", shift.shift, name="shift"),
    path("handovers/shift/_sent/", shift.sent, name="shift_sent_fragment"),
    path("handovers/shift/_recipients/", shift.recipients, name="shift_recipients_fragment"),
    path("handovers/shift/_facts/<uuid:patient_id>/", shift.facts, name="shift_facts_fragment"),
    path("handovers/<uuid:handover_id>/", handovers.handover, name="handover"),
    path("handovers/<uuid:handover_id>/compose/", compose.compose, name="compose"),
    path("handovers/<uuid:handover_id>/draft/", compose.draft, name="draft"),
    path("handovers/<uuid:handover_id>/send/", sending.send, name="send"),
    path("handovers/<uuid:handover_id>/edit/", sending.edit, name="edit"),
    path("handovers/<uuid:handover_id>/renew/", sending.renew, name="renew"),
    path("handovers/<uuid:handover_id>/plan/", sending.plan, name="plan"),
    path("handovers/<uuid:handover_id>/_recipients/", sending.recipients, name="recipients"),
    path("handovers/<uuid:handover_id>/withdraw/", answering.withdraw, name="withdraw"),
    path("handovers/<uuid:handover_id>/remind/", answering.remind, name="remind"),
    path("handovers/<uuid:handover_id>/open/", receiving.opened, name="open"),
    path("handovers/<uuid:handover_id>/read/", receiving.read, name="read"),
    path("handovers/<uuid:handover_id>/ask/", receiving.ask, name="ask"),
    path("handovers/<uuid:handover_id>/call/", receiving.call, name="call"),
    path("handovers/<uuid:handover_id>/say-back/", receiving.say_back, name="say_back"),
    path("handovers/<uuid:handover_id>/accept/", receiving.accept, name="accept"),
    path("handovers/<uuid:handover_id>/confirm/", receiving.confirm, name="confirm"),
    path("handovers/<uuid:handover_id>/decline/", receiving.decline, name="decline"),
    *_FRAGMENTS,
    path("questions/<uuid:question_id>/answer/", answering.answer, name="answer"),
    path("syntheses/<uuid:synthesis_id>/correct/", answering.correct, name="correct"),
    path("transfers/<uuid:transfer_id>/depart/", moves.depart, name="depart"),
    path("transfers/<uuid:transfer_id>/arrive/", moves.arrive, name="arrive"),
    path("transfers/<uuid:transfer_id>/cancel/", moves.cancel, name="cancel"),
    path("transfers/<uuid:transfer_id>/return/", moves.come_back, name="return"),
    path("transfers/<uuid:transfer_id>/override/", moves.override, name="override"),
    path("transfers/<uuid:transfer_id>/checklist/<slug:code>/", moves.set_item, name="set_item"),
    path("overrides/<uuid:override_id>/approve/", moves.approve, name="approve"),
    path("units/<uuid:unit_id>/board/", boards.board, name="board"),
    path("units/<uuid:unit_id>/_board/", boards.board_fragment, name="board_fragment"),
    path("board/", boards.own_board, name="own_board"),
    path("inbox/", boards.inbox, name="inbox"),
    path("inbox/_lines/", boards.inbox_fragment, name="inbox_fragment"),
    path("inbox/_count/", boards.inbox_count, name="inbox_count"),
]
