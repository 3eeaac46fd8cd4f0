"""The Sketch page's parts.

history:  what was done on one window, with undo and redo; knows no Streamlit
sheet:    one window, its history and its fillings -> a correction, and what to show of it; knows no Streamlit
typed:    tables of numbers -> marks; knows no Streamlit
book:     what one person has drawn on one version, kept in the workspace
brush:    the tools of the canvas
easel:    the canvas and its view
"""
