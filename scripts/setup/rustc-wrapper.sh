#!/bin/sh
# Cargo's RUSTC_WRAPPER for the kernels: `rustc-wrapper.sh RUSTC ARGUMENTS...`.
# It adds what makes a build independent of the machine and leaves the flags of
# the reader's own .cargo/config.toml in force, which RUSTFLAGS would replace.
set -eu
case " $* " in
*" x86_64-unknown-none "*) ;;
*) exec "$@" ;;
esac
if [ -n "${KERNEL_SYSROOT:-}" ]; then
  set -- "$@" --sysroot "$KERNEL_SYSROOT"
fi
# Cargo names the package whose folder it calls the compiler in; it names none
# when it only asks the compiler about the target.
if [ "$PWD" = "${KERNEL_PROJECT:-}" ]; then
  set -- "$@" --remap-path-prefix "$PWD=/kernel"
elif [ -n "${CARGO_PKG_NAME:-}" ]; then
  set -- "$@" --remap-path-prefix "$PWD=/$CARGO_PKG_NAME-$CARGO_PKG_VERSION"
fi
exec "$@"
