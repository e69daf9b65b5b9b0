"""
A remote address becomes frozen bytes, by ``hyperframes.lock`` where it is locked.

Takes addresses, gives bytes with their source. Never opens a page, and never answers from
what was not asked for by address.
"""
