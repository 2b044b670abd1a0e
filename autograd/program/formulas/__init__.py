"""The formulas of rows, in words that every machine knows: floats, NumPy and machine code.

machine.py        the words, and what they mean on floats
functions.py      exp, log, tanh and their like in these words
translation.py    a row's text, rewritten for a machine
"""
