"""Everything learnt: mechanisms, imputers, the audit. Knows neither Streamlit nor plotting."""
