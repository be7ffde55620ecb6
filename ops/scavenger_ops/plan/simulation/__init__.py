"""A pipeline in simulated time: the model of its mapping, with what the function and the table take."""
