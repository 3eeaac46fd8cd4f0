"""Recordings come in here. Knows neither Keras nor Streamlit.

reader -> table -> Recordings (checked) -> Windows -> Split;  Release -> file
"""
