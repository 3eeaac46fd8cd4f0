"""Can it be seen what was replaced or withheld?"""
