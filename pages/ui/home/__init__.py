"""The home page's parts.

latest_result:  what the versions are good for and give away, in a sentence and a picture
"""
