"""The pages. A package, so that `pages.ui` is this one for every importer; Streamlit skips this file."""
