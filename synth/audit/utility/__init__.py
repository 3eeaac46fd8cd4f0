"""Is it still useful: which models can learn activities from it?"""
