"""What the installation says about itself: logs that hold no secrets."""
