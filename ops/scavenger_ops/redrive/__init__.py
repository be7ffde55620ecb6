"""Takes what is in the failure bucket back to the function, and removes it once it is done."""
