"""What the commands show, from fixed reports: `SCREENS` in each module has a function for each state."""
