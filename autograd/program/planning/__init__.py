"""From a program to a plan: normal form, then groups of equal equations and where their numbers live."""
