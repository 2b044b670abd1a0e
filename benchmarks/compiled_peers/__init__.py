"""The same programs in other systems: what the compiled programs are compared with.

Each module has `run(name, rows, **options)`, which makes a `Run` of a program of `compiled_programs/catalogue.py`.
"""
