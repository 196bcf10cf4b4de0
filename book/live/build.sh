#!/usr/bin/env bash
# Builds book/live/stage.wasm again, the standard library included: as it is shipped, its words
# for panics would add two thirds to the file. Its sources are those of rustup's
# rust-src, or, where that cannot be had, of Debian's rustc-web, with the compiler they are for.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

target=wasm32-unknown-unknown
folder=$PWD/target/wasm
# The linker is our own toolchain's in both cases.
export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER
CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=$(rustc --print sysroot)/lib/rustlib/$(
    rustc -vV | sed -n 's/host: //p')/bin/rust-lld

# `timeout`, where there is one: macOS has none.
within() { if command -v timeout >/dev/null; then timeout "$@"; else shift; "$@"; fi }

# A compiler and the folder with its sources, which need not be the default ones.
build() {
    local panics=(-Zbuild-std-features=panic_immediate_abort)
    RUSTFLAGS="-Zunstable-options -Zlocation-detail=none --remap-path-prefix=$2=/rust"
    export RUSTC=$1 RUSTC_BOOTSTRAP=1 RUSTFLAGS
    # Such a panic ends at once, without a word. It was a feature before it was an option.
    if "$RUSTC" -Zunstable-options -Cpanic=immediate-abort --print cfg >/dev/null 2>&1; then
        RUSTFLAGS+=" -Cpanic=immediate-abort"
        panics=()
    fi
    # What Debian's compiler has, but does not call stable yet.
    local stable='"-Zcrate-attr=feature(slice_as_chunks,unsigned_is_multiple_of)"'
    cargo build --package live --profile wasm --target "$target" --target-dir "$folder" \
        --locked --ignore-rust-version -Zbuild-std=std,panic_abort ${panics[@]+"${panics[@]}"} \
        -Zprofile-rustflags --config "profile.wasm.package.backend.rustflags=[$stable]"
}

# The package, of those that one depends on, whose name begins so.
depends() { apt-cache depends "$1" | sed -n "s/.* Depends: \\($2.*\\)/\\1/p" | head -n 1; }

debian() {
    local root=$folder/debian std
    std=$(depends libstd-rust-web-dev 'libstd-rust-web-[0-9]')
    local packages=(rustc-web rust-web-src libstd-rust-web-dev "$std" "$(depends "$std" libllvm)")
    if [ ! -x "$root/usr/bin/rustc" ]; then
        mkdir -p "$folder/packages"
        (cd "$folder/packages" && apt-get download "${packages[@]}")
        for package in "$folder/packages/"*.deb; do dpkg -x "$package" "$root"; done
    fi
    ln -sfn "$root"/usr/src/rustc-* "$root/usr/lib/rustlib/src/rust"
    LD_LIBRARY_PATH=$(echo "$root"/usr/lib/*-linux-gnu)
    export LD_LIBRARY_PATH
    build "$root/usr/bin/rustc" "$root"
}

if [ "${1-}" != --debian ] && within 60 rustup component add rust-src; then
    build rustc "$(rustc --print sysroot)"
else
    debian
fi
cp "$folder/$target/wasm/live.wasm" book/live/stage.wasm
wc -c book/live/stage.wasm
