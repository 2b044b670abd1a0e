"""The executor that runs a plan with NumPy."""
