"""Reports for people: charts, the HTML report, the data card. Knows no Streamlit."""
