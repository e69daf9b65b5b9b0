"""
The calls of the library: plan, lock, render_chunk, assemble, render, Renderer.

Takes and gives local paths. Never knows a store, a cloud or an engine.
"""
