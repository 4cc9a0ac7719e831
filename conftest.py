"""For every test, before anything is imported: no test waits for a network, which Hugging Face's library would try."""

import os

os.environ["HF_HUB_OFFLINE"] = "1"
