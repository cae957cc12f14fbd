"""HTTP in, HTML or JSON out: each view reads a form, calls an act or a read, and answers. Refusals go to the edge."""
