"""PayPal as a plug-in: Orders v2, captured after the payer approves."""
