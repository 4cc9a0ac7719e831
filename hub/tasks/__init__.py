"""What a bundle can do, one file per task: numpy in, numpy out. Never imports gradio."""
