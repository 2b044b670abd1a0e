"""The engines that run the compiled programs: ours, and the peers it is compared with.

Each module has `VERSION`, what it is and of which version, and `run(name, rows, **options)`, which makes a `Run`
(`contract.py`) of a program of `compiled_programs/catalogue.py`. An engine that is missing raises ImportError when its
module is imported.
"""
