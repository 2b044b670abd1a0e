"""Programs to compile, each written scalar by scalar as on a blackboard.

Each module has `loss(params, *example)`, one number for one example; `params(seed)`, nested numbers; and
`data(rows, seed)`, a tuple of columns, one for each further argument of `loss`, with one entry a row. The same text
runs on Values and on plain numbers. `catalogue.py` lists them.
"""
