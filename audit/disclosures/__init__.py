"""What left the house about a patient, to whom and why; and the accounting of it that the law gives the patient."""
