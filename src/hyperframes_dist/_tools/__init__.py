"""
One outside thing in each module: files, processes, ffmpeg, npm, HTTPS, HTML, the machine.

Takes paths, bytes and limits, gives bytes, facts and typed errors of `errors`. Never knows
what a composition, a plan or a chunk is.
"""
