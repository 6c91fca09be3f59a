"""Instances of a server, faults that hit them, clients that come back, and a ledger of what they were told."""
