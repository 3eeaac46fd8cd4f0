"""Reading, checking, splitting and exporting recordings. Imports neither Keras nor Streamlit.

reader -> table -> Recordings (checked) -> Windows -> Split;  Release -> file
"""
