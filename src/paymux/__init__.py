"""Paymux: take payments through several providers at once."""
