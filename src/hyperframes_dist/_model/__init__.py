"""
Values: times, formats, configuration, the content of a plan, results.

Takes plain values and JSON, gives frozen values that were checked once, when made. Never
touches a file, a thread, a clock, a process or the network.
"""
