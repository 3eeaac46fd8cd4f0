"""The commands of the shell, one in each file: its options (`add`) and what it does (`run`).

Like the pages, they may use everything below them, including charts and reports; only `synth.__main__` uses them.
"""
