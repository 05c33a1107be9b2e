"""To and from other people's formats: NIR graphs and safetensors files.

The packages these need are optional, ``pip install '.[interop]'`` in a clone; they are
looked for when a function is called, not when this is imported.
"""
