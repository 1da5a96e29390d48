"""The tracking plan: which points there are for each kind of trouble; files, and edited versions of them."""
