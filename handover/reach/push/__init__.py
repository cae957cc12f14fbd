"""Web Push: the devices that may be woken for a person, how each is rung, and whether it can be believed to ring."""
