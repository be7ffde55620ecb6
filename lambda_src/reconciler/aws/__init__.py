"""How requests are sent to AWS: with a time limit, a check of the response, and plain errors."""
