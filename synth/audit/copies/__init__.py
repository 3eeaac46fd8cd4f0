"""Is anyone's recording copied?"""
