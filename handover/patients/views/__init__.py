"""HTTP in, HTML out, for the pages of patients. What is shown is made by selectors and drawing; acts are services."""
