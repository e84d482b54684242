"""Request handlers, one module for each first segment of the address. They translate HTTP and nothing else."""
