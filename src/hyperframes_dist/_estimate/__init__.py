"""
What work costs: stop-watches, records, the cost model and the choice it leads to.

Takes measured seconds, gives predicted ones with their bounds. Never decides a byte of the
output.
"""
