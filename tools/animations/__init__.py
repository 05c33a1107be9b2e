"""Animated pictures of the documentation: SVG files with CSS animations and no script."""
