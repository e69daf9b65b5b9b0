"""
Pictures become segments, segments a file.

Takes pictures in the order of their frames and an encoder's settings, gives files that are
whole, counted and timed by frame numbers. Never knows where a picture came from.
"""
