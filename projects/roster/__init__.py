"""Files of people and of absences, in and out."""
