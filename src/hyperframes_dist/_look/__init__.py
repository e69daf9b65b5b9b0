"""
A plan's page looked at by people, at a frame they name.

Takes a page that a camera has brought to its frame; changes no plan and makes no output.
"""
