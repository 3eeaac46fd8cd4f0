"""The app, started by `streamlit run app.py`: who may connect, and what a page says of a fault. It opens at home.py."""

import streamlit as st
from starlette.middleware import Middleware

from pages.ui.common.faults import say_fault
from pages.ui.common.gate import Gate

app = st.App("home.py", middleware=[Middleware(Gate)], on_script_error=say_fault)
