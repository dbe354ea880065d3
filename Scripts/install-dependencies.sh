#!/usr/bin/env bash
# Installs the system libraries and tools that building and testing need, from Debian's packages.
# Does nothing where they are all there. Swift itself is not among them.
set -euo pipefail

packages=(
    libdnnl-dev libopenblas-dev libhdf5-dev libyaml-dev liblbfgs-dev
    libjpeg-dev libpng-dev libwebp-dev libgif-dev libtiff-dev zlib1g-dev
    libcurl4-openssl-dev
    gcc g++ pkg-config xz-utils python3 python3-pip openssl
)

if ! command -v swift >/dev/null; then
    echo "error: swift is not on the PATH. Install Swift 6.3 or newer (https://www.swift.org/install/linux) first." >&2
    exit 1
fi

if ! command -v apt-get >/dev/null; then
    echo "warning: no apt-get here. What Debian calls ${packages[*]} must be there already." >&2
    exit 0
fi

missing=()
for package in "${packages[@]}"; do
    status=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
    [[ $status == installed ]] || missing+=("$package")
done
if [[ ${#missing[@]} -eq 0 ]]; then
    echo "All system packages are installed."
    exit 0
fi

as_root=()
if [[ $(id -u) -ne 0 ]]; then
    if ! command -v sudo >/dev/null; then
        echo "error: ${missing[*]} must be installed. Run as root: apt-get install ${missing[*]}" >&2
        exit 1
    fi
    as_root=(sudo)
fi
echo "Installing ${missing[*]}"
"${as_root[@]}" apt-get update --quiet=2
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install --yes --quiet=2 --no-install-recommends "${missing[@]}" </dev/null
