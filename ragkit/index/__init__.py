"""What is searched: vectors, words, and the bundle both are saved in."""
