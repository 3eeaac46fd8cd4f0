"""The commands of the shell, one a file: what it takes (`add`) and what it does (`run`).

As the pages, they may use everything below, charts and reports among it, and nothing but `synth.__main__` uses them.
"""
