"""What the kernels are compared with: derivatives entry by entry, and neurons of other papers."""
