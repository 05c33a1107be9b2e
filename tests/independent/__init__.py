"""Independent implementations of the kernels: none imports the code that it checks."""
