"""
Many films of one project on this machine: a row of a table, a film.

Takes rows and gives results as they are done; what rows share is done once.
"""
