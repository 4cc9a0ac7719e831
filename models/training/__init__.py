"""How the models of this project are trained: data, tokenizers, plans and the loop. models/ holds the papers."""
