"""
What lies where in a store, and the jobs that fetch it, call the pipeline and put it back.

Takes the address of a store and a job, gives keys of files in it. Never decides who runs a
job, or when.
"""
