"""Can a classifier distinguish it from real recordings?"""
