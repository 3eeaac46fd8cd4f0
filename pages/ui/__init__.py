"""What pages share. A sub-folder, so that Streamlit's page discovery does not see it."""
