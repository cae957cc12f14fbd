"""HTTP in, HTML out, from the services and selectors of this room."""
