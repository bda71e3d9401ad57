#!/bin/sh
# rust-sysroot.sh RUSTC DIR: builds core, compiler_builtins and alloc for
# x86_64-unknown-none into the sysroot DIR, from the library sources that lie
# beside RUSTC. For a rustc whose distribution packages no library for that
# target; where rustup is at hand, `rustup target add` does the same.
set -eu
rustc=$1
sysroot=$2
target=x86_64-unknown-none

host=$("$rustc" -vV | sed -n 's/^host: //p')
real=$("$rustc" --print sysroot)
library=$(readlink -f "$real/lib/rustlib/src/rust")/library
if [ ! -f "$library/core/src/lib.rs" ]; then
  echo "no library sources in $real/lib/rustlib/src/rust: install rust-web-src" >&2
  exit 1
fi

# Built aside and moved into place whole: a sysroot that exists is complete.
work=$sysroot.$$
trap 'rm -rf "$work"' EXIT
out=$work/lib/rustlib/$target/lib
mkdir -p "$out"
# Build scripts and procedural macros run on the host and need its library.
ln -s "$real/lib/rustlib/$host" "$work/lib/rustlib/$host"

# The library uses unstable features of its own compiler; the kernels do not.
export RUSTC_BOOTSTRAP=1

build() {
  "$rustc" --edition=2024 --crate-type=rlib --target="$target" --sysroot="$work" \
    -Copt-level=3 -Cpanic=abort -Cembed-bitcode=yes -Cstrip=debuginfo \
    -Zforce-unstable-if-unmarked --cap-lints=allow \
    --remap-path-prefix="$library=/rustc/library" --out-dir="$out" "$@"
}

build --crate-name=core "$library/core/src/lib.rs"

CFG_CARGO_FEATURES='["compiler-builtins", "mem"]' CFG_OPT_LEVEL=3 CFG_TARGET_FEATURES='[]' \
  build --crate-name=compiler_builtins -Ccodegen-units=10000 \
  --cfg='feature="compiler-builtins"' --cfg='feature="mem"' --cfg='feature="mem-unaligned"' \
  --cfg='feature="unstable-intrinsics"' --cfg=f16_enabled --cfg=f128_enabled \
  --cfg=intrinsics_enabled --cfg=arch_enabled --cfg=optimizations_enabled \
  "$library/compiler-builtins/compiler-builtins/src/lib.rs"

build --crate-name=alloc -Zunstable-options \
  --extern=priv:compiler_builtins="$out/libcompiler_builtins.rlib" "$library/alloc/src/lib.rs"

rm -rf "$sysroot"
mv "$work" "$sysroot"
trap - EXIT
