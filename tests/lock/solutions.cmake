# Beside the kits, which earn next to nothing, and the solutions, which earn 100.
dsys_style(lock python 97 --one-key)
