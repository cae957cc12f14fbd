"""A page climbs until somebody owns it: what is expected of whom by when, and who is next when they do not answer."""
