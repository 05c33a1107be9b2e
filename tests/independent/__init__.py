"""Second opinions on the kernels: none of these modules imports what it judges."""
