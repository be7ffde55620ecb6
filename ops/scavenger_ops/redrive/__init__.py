"""Sends the records of the failure bucket back to the function, and removes each object that is done."""
