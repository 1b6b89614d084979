from tests.unit.sandbox.conftest import _served, inbox, paypal, razorpay, sandbox, stripe

__all__ = ["_served", "inbox", "paypal", "razorpay", "sandbox", "stripe"]
