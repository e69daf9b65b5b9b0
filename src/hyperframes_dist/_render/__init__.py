"""
A plan and a range of frames become segments, segments a chunk.

Takes a verified plan, gives a chunk file and its sidecar. Never plans: no document is
compiled and no address fetched here.
"""
