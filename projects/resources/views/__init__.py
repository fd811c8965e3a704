"""Pages about people and what they can do."""
