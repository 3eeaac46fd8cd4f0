"""Does it give away gender, age, ...?"""
