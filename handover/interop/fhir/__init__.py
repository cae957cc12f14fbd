"""Reading FHIR R4 into the summary: from bytes to typed sections, pure, without the database."""
