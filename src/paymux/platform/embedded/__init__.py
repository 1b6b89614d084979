"""PostgreSQL that Paymux starts itself, so that nothing else is needed to run."""
