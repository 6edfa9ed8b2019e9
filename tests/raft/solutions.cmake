# Beside the kits, which earn next to nothing, and the solutions, which earn 100.
dsys_style(raft python 96 --no-pre-vote)
dsys_style(raft python 100 --step-back-by-one)
dsys_style(raft python 100 --heartbeat-only)
dsys_style(raft python 100 --no-noop)
