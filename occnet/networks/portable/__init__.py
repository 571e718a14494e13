"""Networks of plain tensor operations whose shapes are known beforehand: what other programs can be given.

Nothing here is faster; each file equals, in a test, the part of the network that it stands for.
"""
