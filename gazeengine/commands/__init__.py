"""The commands of python -m gazeengine, one module each; a module is imported when its command runs."""
