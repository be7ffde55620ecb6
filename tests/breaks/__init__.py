"""A sample of breaks of a single line, and the command that counts the tests that each turns red."""
