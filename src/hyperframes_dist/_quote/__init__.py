"""
What a render will take and cost, and the chunks, workers and memory to make it with.

Takes a project, draws a few of its frames, gives a quote with bounds. Never publishes an
output.
"""
