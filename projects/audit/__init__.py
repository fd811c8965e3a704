"""The audit log: the whole history, for whoever answers for the whole organisation."""
