#!/usr/bin/env bash
# Runs the tests of what touches memory by hand with sanitizers: what computes, and what reads files, under AddressSanitizer;
# what computes once more with the C code under UndefinedBehaviorSanitizer. Whatever either finds ends this script.
#
#     Scripts/sanitize.sh [address|undefined]      both if none is named
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tests='^(EngineTests|FilesTests|ArchivesTests|ImagesTests)\.'

address() {
    # A sanitizer needs more memory than the limit that this test sets, and is not given any.
    local skipped='LimitTests/memoryIsBounded'
    swift build -c release --build-tests --scratch-path .build/address --sanitize=address
    ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1 \
        swift test -c release --skip-build --no-parallel --scratch-path .build/address --sanitize=address \
        --filter "$tests" --skip "$skipped"
}

undefined() {
    # SwiftPM has no name for this sanitizer here. What is checked is not vectorised, whatever a loop asks for.
    local runtime
    runtime=$(dirname "$(dirname "$(readlink -f "$(command -v swift)")")")/lib/clang/*/lib/*/libclang_rt.ubsan_standalone-x86_64.so
    runtime=$(compgen -G "$runtime" | head -n 1)
    local options=(
        -c release --scratch-path .build/undefined
        -Xcc -fsanitize=undefined -Xcc -fno-sanitize-recover=undefined -Xcc -Wno-pass-failed
        -Xlinker "$runtime" -Xlinker -rpath -Xlinker "$(dirname "$runtime")"
    )
    export FINETUNE_ONLY=EngineTests
    swift build "${options[@]}" --build-tests
    swift test "${options[@]}" --skip-build --no-parallel --filter '^EngineTests\.'
}

case ${1-} in
    '') address && undefined ;;
    address | undefined) "$1" ;;
    *)
        echo "usage: Scripts/sanitize.sh [address|undefined]" >&2
        exit 2
        ;;
esac
