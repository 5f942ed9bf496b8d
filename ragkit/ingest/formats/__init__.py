"""Reading one file format each: what a file shows, as blocks in reading order."""
