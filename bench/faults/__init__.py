"""Faults: the product under load while its processes, database, bus and lines fail; then what must hold is checked."""
