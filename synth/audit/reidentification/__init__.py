"""Can someone tell who this is?"""
