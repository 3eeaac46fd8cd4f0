"""Does it look right, and is anything new in it?"""
