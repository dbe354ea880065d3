#!/usr/bin/env bash
# Feeds a reader with what libFuzzer makes of the files in Fuzzing/Corpora, under AddressSanitizer. Whatever makes it crash,
# take more than five seconds or need more than a gigabyte is a finding: it stays in .build/fuzz/findings, and this script
# fails.
# What has been found worth keeping stays in .build/fuzz/corpora and is begun with the next time.
#
#     Scripts/fuzz.sh READER [SECONDS]      READER is a folder of Fuzzing/Corpora, or `all` for one after the other
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

reader=${1-}
seconds=${2-600}
if [[ $reader == all ]]; then
    for folder in Fuzzing/Corpora/*; do Scripts/fuzz.sh "$(basename "$folder")" "$seconds"; done
    exit
fi
seeds=Fuzzing/Corpora/$reader
case $reader in
    jpeg | png | webp | bmp | gif | tiff) program=FuzzPictures ;;
    hdf5 | torch-zip | torch-stream | torch-tar | safetensors | onnx | npz | keras) program=FuzzArchives ;;
    weights) program=FuzzWeights ;;
    numpy) program=FuzzArrays ;;
    yaml) program=FuzzRecipes ;;
    *)
        echo "usage: Scripts/fuzz.sh READER [SECONDS], where READER is one of" Fuzzing/Corpora/* >&2
        exit 2
        ;;
esac

scratch=.build/fuzz
libraries=$(dirname "$(find "$(dirname "$(readlink -f "$(command -v swiftc)")")/.." -name 'libclang_rt.fuzzer_no_main*' | head -n 1)")
machine=$(uname -m)
FINETUNE_FUZZ=1 swift build -c release --scratch-path "$scratch" --product "$program" \
    --sanitize=address -Xswiftc -sanitize-coverage=edge,inline-8bit-counters,pc-table \
    -Xcc -fsanitize=fuzzer-no-link -Xlinker "$libraries/libclang_rt.fuzzer_no_main-$machine.a" -Xlinker -lstdc++

corpus=$scratch/corpora/$reader
mkdir -p "$corpus" "$scratch/findings"
export FINETUNE_FUZZ_READER=$reader
export ASAN_OPTIONS=${ASAN_OPTIONS-detect_leaks=1:allocator_may_return_null=1}
# The limits of a second and 256 MiB are for programs without sanitizers, which take several times of both.
"$scratch/release/$program" -max_total_time="$seconds" -timeout=5 -rss_limit_mb=1024 -max_len=65536 \
    -artifact_prefix="$scratch/findings/$reader-" -print_final_stats=1 "$corpus" "$seeds"
