"""
What the client is made of: start a render, watch it, pay for it, deliver it, many at once.

Takes a session with AWS, gives values. Never runs in the function and never draws.
"""
