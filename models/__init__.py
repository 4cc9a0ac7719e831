"""Models in PyTorch, one file per family; each reads like its paper."""
