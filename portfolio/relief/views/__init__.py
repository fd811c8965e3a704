"""Pages of what gives way."""
