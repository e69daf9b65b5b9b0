"""
A plan directory read back, and the tools of this machine held against those it names.

Takes a directory, gives a verified `Plan` or an error that names the damaged part. Never
writes into the directory.
"""
