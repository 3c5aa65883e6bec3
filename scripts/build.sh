# shellcheck shell=bash disable=SC2154 # root, dotnet and the codes are lib.sh's and the sourcing script's
# Builds the command line when its sources differ from what was built last. Sourced, after lib.sh.
#
# .stamps/built holds the checksum of every source that the last good build was made from, .stamps/seen those that MSBuild
# met last, after a line with the kind of that build. Contents are compared, not times: a branch switched there and back, or a file that was only touched, builds
# nothing; a deleted file does.

readonly apphost="$root/artifacts/bin/ThemisBridge.Cli/release/themis-bridge"

# One line a file: checksum, size, path. Neither documents nor what a restore writes decide whether to build.
sources() {
    (cd "$root" && find src Directory.Build.props Directory.Packages.props global.json \
        -type f ! -name '*.md' ! -name packages.lock.json -exec cksum {} +) | LC_ALL=C sort -k 3
}

is_stale() { [[ ! -x $apphost || ! -f $root/.stamps/built || $(sources) != "$(<"$root/.stamps/built")" ]]; }

# For work, which runs it in a process of its own. global.json, which chooses the SDK, counts from the working folder.
in_root() { cd "$root" && exec "$@"; }

require_sdk() {
    (cd "$root" && "$dotnet" --version >/dev/null 2>&1) ||
        die "$missing_code" "the .NET 10 SDK is needed to build, and $dotnet has only:" \
            "$("$dotnet" --list-sdks 2>/dev/null | sed 's/ .*//' | tr '\n' ' ')(dotnet --list-sdks);" \
            "install package dotnet-sdk-10.0 (https://dot.net)."
}

# The compiler's errors of a log, each once, without this machine's folders.
show_errors() {
    grep -E '(error|fatal)[^:]*:' "$1" | sed -e "s|$root/||g" -e 's| \[[^]]*\]$||' | sort -u | head -20 >&2
    say "The build failed; its whole output is in $1."
}

# MSBuild goes by times, and an unpacked archive brings old ones: what changed is marked as new.
mark_changed() {
    LC_ALL=C comm -13 <(LC_ALL=C sort "$root/.stamps/seen") <(LC_ALL=C sort <<<"$1") | cut -d' ' -f3- |
        (cd "$root" && tr '\n' '\0' | xargs -0 -r touch)
}

# build quick|checked LABEL PROJECT: builds in Release; fails with the compiler's errors shown. A quick build runs no
# analyzers and lets warnings pass: a newer SDK may bring new ones, and they are test.sh's matter, which builds checked.
# What was built quickly is not up to date for a checked build, though MSBuild would take it so.
build() {
    local kind=$1 label=$2 project=$3 now options=() log="$root/.stamps/build.log" seen="$root/.stamps/seen"
    require_sdk
    ensure_home
    now=$(sources)
    [[ $kind == checked ]] || options+=(-p:RunAnalyzers=false -p:TreatWarningsAsErrors=false)
    if [[ -f $seen && ($kind == quick || $(head -n 1 "$seen") == checked) ]]; then
        mark_changed "$now"
    else
        options+=(--no-incremental)
    fi
    rm -f "$root/.stamps/built"
    printf '%s\n' "$kind" "$now" >"$seen"
    # No process stays behind but the compiler's own server.
    if ! work "$label" "$log" in_root env DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 \
        DOTNET_CLI_WORKLOAD_UPDATE_NOTIFY_DISABLE=1 DOTNET_GENERATE_ASPNET_CERTIFICATE=false \
        "$dotnet" build "$project" -c Release -v:q -nologo -clp:NoSummary -nodeReuse:false "${options[@]}"; then
        show_errors "$log"
        return 1
    fi
    echo "$now" >"$root/.stamps/built"
}
