"""
What is wrong with a project, told from its files alone: no browser, no network.

`rules` lists what is looked for, `project` reads the files, and each of the other modules
holds the rules of one subject. `check` is the public function.
"""
