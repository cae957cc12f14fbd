"""The rules of a case: pure functions over plain values, no ORM and no clock of their own."""
