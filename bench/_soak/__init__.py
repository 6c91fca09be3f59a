"""One instance under a load that does not wait for it, and what it holds on to meanwhile."""
