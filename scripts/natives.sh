#!/usr/bin/env bash
# Prints the folder that holds llama.cpp's native libraries; fetches them first where there are none.
#
#   1. THEMIS_LLAMA_NATIVES names a folder: that one, as it is; nothing is fetched or checked.
#   2. The package LLamaSharp.Backend.Cpu lies in NuGet's global packages folder (a project that references it restored
#      it there): its libraries for this processor. A restore is never tried here, it would cost seconds on every start.
#   3. Else .natives/PLATFORM, filled once from the npm package @node-llama-cpp/PLATFORM. natives.sha256 holds the digest
#      of the package's archive and not of the files in it: so nothing unchecked is unpacked, and one line a platform
#      covers every file. The folder appears whole, by a rename; a fetched archive survives an interrupted start.
#
# Exit code 69: none can be had here; one sentence on standard error says why and what to do.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=lib.sh
. "$root/scripts/lib.sh"

readonly npm_version=3.22.1 llamasharp_version=0.28.0
readonly own="set THEMIS_LLAMA_NATIVES to a folder with libllama and libggml"

from_llamasharp() {
    local folder="${NUGET_PACKAGES:-${HOME:-}/.nuget/packages}/llamasharp.backend.cpu/$llamasharp_version" level
    folder+="/LLamaSharpRuntimes/$platform/native"
    [[ -d $folder ]] || return 1
    if [[ $platform == linux-x64 ]]; then
        for level in avx2 avx noavx; do
            [[ $level == noavx ]] || grep -qwm1 "$level" /proc/cpuinfo || continue
            folder+="/$level"
            break
        done
    fi
    [[ -f $folder/libllama.so ]] && echo "$folder"
}

digest_of() { sha256sum "$1" | cut -d' ' -f1; }

fetch() {
    type -P npm >/dev/null ||
        die "$missing_code" "llama.cpp's libraries come through npm, which was not found; install it" \
            "(Debian: apt-get install npm) or $own."
    local log="$root/.stamps/natives.log"
    # Run where no project's npm settings apply; the two limits keep a start without a network short.
    cd "$temporary"
    work "Fetching llama.cpp's libraries ($package)" "$log" npm pack "$package" --ignore-scripts --loglevel=error \
        --fetch-retries=1 --fetch-retry-mintimeout=1000 --fetch-timeout=60000 ||
        die "$missing_code" "npm could not fetch $package: $(grep -m1 -iE 'error|ERR!' "$log" || echo "see $log");" \
            "check the network and npm's registry setting, or $own."
    [[ -f $archive ]] || die "$missing_code" "npm fetched $package but left no $archive; see $log, or $own."
    local found
    found=$(digest_of "$archive")
    [[ $found == "$digest" ]] ||
        die "$missing_code" "$archive has the SHA-256 digest $found, not the $digest in scripts/natives.sha256;" \
            "nothing of it was used: check npm's registry setting, or $own."
    mv "$archive" "$kept"
    cd "$root"
}

unpack() {
    mkdir "$temporary/$platform"
    tar -xzf "$kept" -C "$temporary/$platform" --strip-components=3 --exclude='*.node' "package/bins/$platform" ||
        die "$missing_code" "$kept cannot be unpacked; remove it and try again."
    tar -xzf "$kept" -C "$temporary/$platform" --strip-components=1 package/LICENSE
    echo "$digest" >"$temporary/$platform/.digest"
    rm -rf "$target"
    mv "$temporary/$platform" "$target"
    rm -f "$kept"
}

is_ready() { [[ -f $target/.digest && $(<"$target/.digest") == "$digest" ]]; }

if [[ -n ${THEMIS_LLAMA_NATIVES:-} ]]; then
    [[ -d $THEMIS_LLAMA_NATIVES ]] ||
        die "$missing_code" "THEMIS_LLAMA_NATIVES names $THEMIS_LLAMA_NATIVES, which is not a folder; correct or unset it."
    echo "$THEMIS_LLAMA_NATIVES"
    exit
fi

# bash's own words for the platform, so that a warm start costs no process.
case "$OSTYPE $HOSTTYPE" in
    "linux-gnu x86_64") platform=linux-x64 ;;
    "linux-gnu aarch64") platform=linux-arm64 ;;
    *) die "$missing_code" "no libraries of llama.cpp are packaged for $HOSTTYPE $OSTYPE (only glibc Linux on x64 and arm64); $own." ;;
esac
package="@node-llama-cpp/$platform@$npm_version"
archive="node-llama-cpp-$platform-$npm_version.tgz"
target="$root/.natives/$platform"
kept="$root/.natives/$archive"
digest=
while read -r known name; do [[ $name != "$archive" ]] || digest=$known; done <"$root/scripts/natives.sha256"
[[ -n $digest ]] || die "$missing_code" "scripts/natives.sha256 has no line for $archive; add it, or $own."

from_llamasharp && exit
if ! is_ready; then
    hold natives
    if ! is_ready; then
        ensure_home
        mkdir -p "$root/.natives"
        temporary=$(mktemp -d "$root/.natives/.work.XXXXXX")
        trap 'rm -rf "$temporary"; let_go' EXIT
        [[ -f $kept && $(digest_of "$kept") == "$digest" ]] || fetch
        unpack
    fi
fi
echo "$target"
