"""Is it still useful for recognising activities?"""
