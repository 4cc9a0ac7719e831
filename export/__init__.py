"""PyTorch module -> verified ONNX bundle: train, export, fuse, quantise, verify, publish."""
