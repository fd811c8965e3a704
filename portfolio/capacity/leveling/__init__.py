"""Levelling: work placed in time so that no capacity is exceeded. Plain Python and compiled kernels, no Django.

`single.level` shortens one network of activities; `portfolio.level` delays the projects that matter least.
"""
