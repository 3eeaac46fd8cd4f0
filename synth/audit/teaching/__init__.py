"""Which models can learn activities from it?"""
