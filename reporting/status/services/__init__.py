"""What changes periods and reports: calendars and periods, drafts, submission, review, freeze."""
