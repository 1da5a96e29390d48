"""The models, in workers as the server has them."""
