"""From a program to a plan: normal form, then groups of equal equations and where their numbers live.

normal.py    equations as sums of products        form.py, join.py
totals.py    what is added up over the rows
fuse.py      rows joined to what they follow
groups.py    equations that look alike            access.py, slots.py
plan.py      what comes out
"""
