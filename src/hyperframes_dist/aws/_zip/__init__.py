"""
What the deployment ZIP is made of, packed the same way byte for byte.

Takes pinned wheels, a browser and ffmpeg, gives archives and proofs of what is in them.
Never talks to AWS.
"""
