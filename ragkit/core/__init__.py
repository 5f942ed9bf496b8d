"""The vocabulary every room shares: frozen values, protocols and errors."""
