"""Can it be told which recordings were used?"""
