"""The addresses of this room."""

from django.urls import path

from handover.duty.views import acts, availability, board, calendars, importing, own, plan, swap

app_name = "duty"
urlpatterns = [
    path("duty/", own.own, name="own"),
    path("duty/units/<uuid:unit_id>/", board.board, name="board"),
    path("duty/units/<uuid:unit_id>/beds/", acts.take_beds, name="take_beds"),
    path("duty/units/<uuid:unit_id>/beds/leave/", acts.leave_beds, name="leave_beds"),
    path("duty/units/<uuid:unit_id>/plan/", plan.plan, name="plan"),
    path("duty/units/<uuid:unit_id>/gaps/", acts.ask_for_gap, name="ask_for_gap"),
    path("duty/roles/<uuid:role_id>/", plan.role, name="role"),
    path("duty/roles/<uuid:role_id>/end/", plan.end, name="end_role"),
    path("duty/roles/<uuid:role_id>/set/", plan.put, name="set"),
    path("duty/rotations/<uuid:rotation_id>/end/", plan.end_turns, name="end_rotation"),
    path("duty/roles/<uuid:role_id>/take/", acts.take, name="take"),
    path("duty/roles/<uuid:role_id>/leave/", acts.leave, name="leave"),
    path("duty/roles/<uuid:role_id>/cover/", acts.ask, name="ask"),
    path("duty/roles/<uuid:role_id>/swap/", swap.swap, name="swap"),
    path("duty/_own/", own.own_fragment, name="own_fragment"),
    path("duty/busy/", availability.not_reached, name="not_reached"),
    path("duty/back/", availability.back, name="back"),
    path("duty/calendar/", calendars.own_calendar, name="calendar"),
    path("duty/calendar/end/", calendars.end_calendar, name="end_calendar"),
    path("duty/calendar/<str:token>.ics", calendars.feed, name="feed"),
    path("duty/roles/<uuid:role_id>/calendar.ics", calendars.role_calendar, name="role_calendar"),
    path("duty/roles/<uuid:role_id>/import/", importing.import_calendar, name="import"),
    path("duty/units/<uuid:unit_id>/calendar.ics", calendars.unit_calendar, name="unit_calendar"),
    path("duty/units/<uuid:unit_id>/import/", importing.import_unit, name="import_unit"),
    path("duty/cover/<uuid:request_id>/accept/", acts.accept, name="accept"),
    path("duty/cover/<uuid:request_id>/decline/", acts.decline, name="decline"),
    path("duty/cover/<uuid:request_id>/withdraw/", acts.withdraw, name="withdraw"),
    path("duty/cover/<uuid:request_id>/undo/", acts.undo, name="undo"),
]
