"""A function compiled: its arguments taken apart, its programs by shape, the executor that runs each, its results."""
