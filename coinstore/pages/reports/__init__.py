"""Reports: what a collection holds, and how well spaces find what belongs together."""
