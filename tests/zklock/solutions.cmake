# Beside the kits, which earn next to nothing, and the solutions, which earn 100.
dsys_style(zklock python 96 --one-name)
