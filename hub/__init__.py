"""The hub: bundles of ONNX models, run by onnxruntime and shown by Gradio. Needs requirements.txt only."""
