"""What observers see and learn: README.md is the chapter, model.py its shapes, vectors/ its cases."""
