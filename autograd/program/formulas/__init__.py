"""The formulas of rows, in words that every machine knows: floats, NumPy and machine code."""
