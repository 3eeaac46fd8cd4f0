"""Where the app can be reached: on this computer only, or under which names."""

import streamlit as st

LOCAL_ADDRESSES = ("localhost", "127.0.0.1", "::1")  # without an address Streamlit listens to the network


def is_local() -> bool:
    """Return whether the app can only be reached from the computer that it runs on."""
    return st.get_option("server.address") in LOCAL_ADDRESSES


def names() -> tuple[str, ...]:
    """Return the names under which browsers may ask for the app; `*.example.org` stands for all names under one."""
    if is_local():
        return LOCAL_ADDRESSES
    return tuple(str(name).strip().lower().rstrip(".") for name in st.get_option("server.allowedHosts"))
