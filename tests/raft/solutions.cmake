# Beside the kits, which earn next to nothing, and the solutions, which earn 100.
dsys_solution(raft python explored late-entries)
dsys_solution(raft cpp explored lost-power)
dsys_solution(raft javascript explored late-entries)
dsys_solution(raft java explored late-entries)
dsys_style(raft python 96 --no-pre-vote)
dsys_style(raft python 100 --step-back-by-one)
dsys_style(raft python 100 --heartbeat-only)
dsys_style(raft python 100 --no-noop)
