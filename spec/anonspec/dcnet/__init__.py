"""The dining-cryptographers net: README.md is the chapter, model.py its shapes, vectors/ its cases."""
