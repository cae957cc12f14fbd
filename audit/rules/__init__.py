"""The rules by which a look at a record stands out: pure functions over plain facts, no ORM and no clock."""
