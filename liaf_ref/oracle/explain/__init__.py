"""Find the neuron conventions that reproduce a recorded trace."""
