"""Local stand-ins for Stripe, Razorpay and PayPal; imports nothing else of paymux."""
