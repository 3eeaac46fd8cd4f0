"""The Sketch page's parts.

history:        what was done on one window, with undo and redo; independent of Streamlit
window_view:    one window, its history and its fillings -> what to show; independent of Streamlit
typed_edits:    tables of numbers -> strokes; independent of Streamlit
drawing_store:  what one person has drawn on one version, kept in the workspace
tool_picker:    the tools of the canvas
canvas_view:    the canvas and its view
"""
