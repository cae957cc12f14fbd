"""HTTP in, HTML or JSON out: each view reads a form, calls one act or one read, and answers. Refusals go to the edge."""
