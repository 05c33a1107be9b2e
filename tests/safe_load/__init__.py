"""Files that were made to harm, and what is said of them."""
