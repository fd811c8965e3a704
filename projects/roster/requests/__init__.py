"""Files of requests for people on their way in: what our own export writes, and the plans people keep in a spreadsheet."""
