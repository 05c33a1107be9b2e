"""One module per table and figure of the paper: ours beside the printed one."""
