#!/bin/bash
# A film on a Slurm cluster: a plan, an array of chunks, and what joins them.
#
#     STORE=/shared/renders RENDER=film-1 PROJECT=~/my-film OUTPUT=~/film.mp4 ./submit.sh
#
# STORE is a directory that every node sees, on a file system with hard links and locks.
set -euo pipefail
cd "$(dirname "$0")"
: "${STORE:?} ${RENDER:?} ${PROJECT:?} ${OUTPUT:?}"
export STORE RENDER PROJECT OUTPUT

# More tasks than the film has chunks do no harm; fewer do.
plan=$(sbatch --parsable plan.sbatch)
chunks=$(sbatch --parsable --dependency="afterok:$plan" --array=0-7 chunk.sbatch)
sbatch --parsable --dependency="afterok:$chunks" assemble.sbatch
