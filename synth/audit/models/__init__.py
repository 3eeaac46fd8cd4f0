"""The classifiers, features and networks that attackers share."""
