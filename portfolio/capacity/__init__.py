"""Demand against capacity, and what gives way when the second is short."""
