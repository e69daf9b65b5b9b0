"""
Sound and video of a composition: one mixed sound, numbered pictures.

Takes what the page says of its media and the files behind them, gives a sound to the sample
and the pictures each frame shows. Never draws, and never writes into a project.
"""
