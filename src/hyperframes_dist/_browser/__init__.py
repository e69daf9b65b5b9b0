"""
A Chrome that draws on command: its process, its protocol, one sealed page, its frames.

Takes a page's setup, a door that answers the page, and frame numbers; gives pictures. Never
reaches a network, and never knows what the pictures are for.
"""
