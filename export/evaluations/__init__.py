"""What a bundle is measured on: one file a kind. An evaluation loads itself, scores a file, and gives named figures."""
