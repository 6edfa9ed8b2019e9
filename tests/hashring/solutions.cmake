# Beside the kits, which earn next to nothing, and the solutions, which earn 100.
dsys_style(hashring python 100 --hash sha256)
