"""A sample of breaks of single lines, and a command that counts the tests that notice each of them."""
