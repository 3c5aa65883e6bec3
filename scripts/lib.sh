# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # what is set here is used by those who source this, and root is theirs
# What the launcher, test.sh and natives.sh share: messages, quiet work with progress, one at a time, the .NET SDK.
# Sourced, with $root set to the repository's folder.

# Exit codes of the start itself: a tool, package or platform is missing (EX_UNAVAILABLE), the build failed (EX_SOFTWARE).
readonly missing_code=69 build_code=70

say() { printf '%s\n' "$*" >&2; }

die() {
    local code=$1
    shift
    say "themis-bridge: $*"
    exit "$code"
}

# work LABEL LOG COMMAND...: runs the command with its output in LOG; a terminal sees the seconds, a log two lines.
work() {
    local label=$1 log=$2 started=$SECONDS code=0 child
    shift 2
    # 9 is the lock: a compiler server that outlives the build must not keep it.
    "$@" >"$log" 2>&1 </dev/null 9>&- &
    child=$!
    trap 'stop_work '"$child"' 130' INT
    trap 'stop_work '"$child"' 143' TERM
    if [[ -t 2 ]]; then
        while kill -0 "$child" 2>/dev/null; do
            printf '\r%s ... %d s' "$label" $((SECONDS - started)) >&2
            sleep 0.2
        done
        printf '\r\033[K' >&2
    else
        say "$label ..."
    fi
    wait "$child" || code=$?
    trap - INT TERM
    ((code)) || say "$label: done in $((SECONDS - started)) s."
    return "$code"
}

stop_work() {
    trap - INT TERM
    kill -TERM "$1" 2>/dev/null
    wait "$1"
    [[ ! -t 2 ]] || say
    let_go
    exit "$2"
}

# hold NAME: waits until this process alone holds the lock. The kernel drops it with the process; let_go drops it before.
# Without flock (no util-linux) a folder with its owner's number stands in, and a dead owner's is taken away.
hold() {
    local lock="$root/.stamps/$1.lock" owner
    mkdir -p "$root/.stamps" || die "$missing_code" "$root is not writable, and something has to be built or fetched."
    if type -P flock >/dev/null; then
        exec 9>"$lock"
        flock -n 9 || { say "Waiting for another start that is at work in $root ..." && flock 9; }
        return
    fi
    held="$lock.held"
    until mkdir "$held" 2>/dev/null; do
        owner=$(cat "$held/owner" 2>/dev/null) || owner=
        if [[ -n $owner ]] && ! kill -0 "$owner" 2>/dev/null; then
            mv "$held" "$held.$$" 2>/dev/null && rm -r "$held.$$"
        else
            sleep 0.2
        fi
    done
    echo $$ >"$held/owner"
    trap let_go EXIT
}

let_go() {
    if [[ -n ${held:-} ]]; then
        rm -r "$held"
        held=
        trap - EXIT
    else
        { exec 9>&-; } 2>/dev/null
    fi
}

# A home for what dotnet and npm keep, where the user has none that can be written (a container's bare uid).
ensure_home() {
    [[ -n ${HOME:-} && -w $HOME ]] && return
    export HOME="$root/.tools/home"
    mkdir -p "$HOME"
}

# Sets dotnet to the SDK's or runtime's command, and DOTNET_ROOT for the programs that it builds.
find_dotnet() {
    local place
    for place in "${DOTNET_ROOT:-}/dotnet" "$(type -P dotnet)" "${HOME:-}/.dotnet/dotnet"; do
        [[ -x $place ]] || continue
        dotnet=$place
        # The command is often a link into the real folder; a program looks only there.
        while [[ -L $place ]]; do
            place=$(cd -P "$(dirname "$place")" && link=$(readlink "$(basename "$place")") &&
                cd "$(dirname "$link")" && printf '%s/%s' "$PWD" "$(basename "$link")")
        done
        [[ ! -d ${place%/*}/host/fxr ]] || export DOTNET_ROOT=${place%/*}
        return
    done
    die "$missing_code" "the .NET 10 SDK was not found;" \
        "install it (package dotnet-sdk-10.0, or https://dot.net) and put dotnet on the PATH."
}
