"""Who did what, read from the names of files and folders.

    words     what words mean, in several languages
    parts     a path is split into parts, each of a kind: an activity, a code, a number, a date, ...
    readings  every way of giving the parts their roles gets points; the best one is taken
    question  where the next one is nearly as good, it is asked

The rule is stated in `readings`.
"""
