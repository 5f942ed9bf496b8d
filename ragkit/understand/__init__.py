"""Reading the customer's message."""
