"""SenseGen: a recurrent mixture density network."""
