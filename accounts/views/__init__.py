"""The pages of this room: signing in and out, the directory, and a person's own page."""
