#!/usr/bin/env bash
# Builds everything and runs every test: each C# project of tests/, then pytest, which also runs the checkers (pyright,
# ruff, shellcheck) as one test each. Needs the .NET 10 SDK, git, npm, shellcheck, Python 3.10 or newer with pytest, and
# Debian's python3-jinja2; Debian's packages are installed where they are missing and this user may.
#
# usage: ./test.sh [--python | --real-vllm] [--long]
#   --python      only the Python part; needs no .NET
#   --real-vllm   only the sidecar over a real vLLM; needs no .NET. THEMIS_VLLM_PYTHON is the interpreter that vLLM is
#                 installed for; THEMIS_VLLM_MODEL and THEMIS_VLLM_LORA are the folders of themis-tiny and its adapter
#                 (default: those of models/themis-tiny)
#   --long        also the long fuzz and kill runs (sets THEMIS_TEST_LONG=1)
# The last line is "N passed, N failed, N skipped", counted from the JUnit files in TestResults/. A project that does not
# build, crashes, hangs or has no test counts as one failure. Exit codes: 0 no failure, 1 failures, 2 wrong usage,
# 69 a tool is missing.
set -euo pipefail

root=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=scripts/lib.sh
. "$root/scripts/lib.sh"
# shellcheck source=scripts/build.sh
. "$root/scripts/build.sh"
cd "$root"

passed=0 failed=0 skipped=0 with_dotnet=1 with_python=1 real_vllm=0
# What one project may take before it counts as hung.
limit=600
for option in "$@"; do
    case $option in
        --python) with_dotnet=0 ;;
        --real-vllm)
            with_dotnet=0 with_python=0 real_vllm=1
            # vLLM takes up to three minutes to start, and is started eight times.
            limit=7200
            ;;
        --long)
            export THEMIS_TEST_LONG=1
            limit=2400
            ;;
        *)
            sed -n '2,/^set/p' "$root/test.sh" | sed -n 's/^# \{0,1\}//p' >&2
            exit 2
            ;;
    esac
done

# Sets python to an interpreter that has pytest; Debian's own is tried too, another one may stand before it on the PATH.
find_python() {
    for python in "${PYTHON:-}" "$(type -P python3)" /usr/bin/python3; do
        [[ -n $python ]] && "$python" -c 'import sys, pytest; sys.exit(sys.version_info < (3, 10))' 2>/dev/null && return
    done
    return 1
}

install_packages() {
    local sudo=() install
    type -P apt-get >/dev/null ||
        die "$missing_code" "these tools are missing, install them: $*"
    if ((EUID != 0)); then
        sudo -n true 2>/dev/null || die "$missing_code" "these packages are missing: sudo apt-get install $*"
        sudo=(sudo)
    fi
    # The lists may be older than the mirror: they are read anew only if the first try fails.
    install=("${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@")
    if ! work "Installing $*" .stamps/apt.log "${install[@]}"; then
        work "Reading the package lists" .stamps/apt.log "${sudo[@]}" apt-get update || true
        work "Installing $*" .stamps/apt.log "${install[@]}" ||
            die "$missing_code" "apt-get could not install $*; see .stamps/apt.log."
    fi
}

prepare_python() {
    local packages=()
    mkdir -p .stamps .tools
    find_python || packages+=(python3 python3-pytest)
    type -P shellcheck >/dev/null || packages+=(shellcheck)
    type -P git >/dev/null || packages+=(git)
    # Chat templates are compared with Debian's own; the tests run it by this path.
    ((with_dotnet == 0)) || /usr/bin/python3 -c 'import jinja2' 2>/dev/null || packages+=(python3-jinja2)
    type -P node >/dev/null && type -P npm >/dev/null || packages+=(nodejs npm)
    ((${#packages[@]} == 0)) || install_packages "${packages[@]}"
    find_python || die "$missing_code" "no Python 3.10 or newer with pytest was found."
    cmp -s tools/npm/package-lock.json .tools/installed && return
    ensure_home
    cp tools/npm/package.json tools/npm/package-lock.json .tools/
    work "Fetching from npm" .stamps/npm.log npm ci --prefix .tools --ignore-scripts --omit=optional \
        --no-audit --no-fund --loglevel=error ||
        die "$missing_code" "npm could not fetch what tools/npm lists: $(tail -1 .stamps/npm.log); see .stamps/npm.log."
    cp tools/npm/package-lock.json .tools/installed
}

# The number that an attribute of the first testsuite element of a JUnit file holds.
count() {
    local number
    number=$(grep -om1 '<testsuite [^>]*>' "$1" | head -n 1 | grep -o " $2=\"[0-9]*\"" | tr -dc 0-9) || true
    echo "${number:-0}"
}

# run_tests NAME COMMAND...: runs one suite, which writes TestResults/NAME.xml, and adds what it counted.
run_tests() {
    local name=$1 file="TestResults/$1.xml" log="TestResults/$1.log" started=$SECONDS code=0
    local all=0 bad=0 skip=0 note=
    shift
    timeout -k 10 "$limit" "$@" >"$log" 2>&1 </dev/null || code=$?
    if [[ -s $file ]]; then
        all=$(count "$file" tests) bad=$(($(count "$file" failures) + $(count "$file" errors)))
        skip=$(count "$file" skipped)
    fi
    # 124: timeout's own word for a run that was ended.
    if ((code == 124 || code == 137)); then
        note="hung and was ended after $limit s"
    elif [[ ! -s $file ]]; then
        note="ended with code $code and no results"
    elif ((all == 0)); then
        note="has no tests"
    elif ((code != 0 && bad == 0)); then
        note="ended with code $code though no test failed"
    fi
    if [[ -n $note ]] && ((bad == 0)); then bad=1 all=$((all + 1)); fi
    passed=$((passed + all - bad - skip)) failed=$((failed + bad)) skipped=$((skipped + skip))
    printf '%-40s %5d passed, %d failed, %d skipped, %d s\n' "$name" $((all - bad - skip)) "$bad" "$skip" \
        $((SECONDS - started))
    ((bad + skip == 0)) || sed 's/^/    /' "$log"
    [[ -z $note ]] || echo "    $name $note."
}

test_dotnet() {
    local project name
    find_dotnet
    THEMIS_LLAMA_NATIVES=$(scripts/natives.sh)
    export THEMIS_LLAMA_NATIVES
    hold build
    work "Fetching vocabularies from npm" .stamps/vocabularies.log scripts/vocabularies.sh ||
        die "$missing_code" "npm could not fetch the vocabularies: $(tail -1 .stamps/vocabularies.log)"
    if ! build checked "Building the solution" ThemisBridge.sln; then
        let_go
        failed=$((failed + 1))
        return
    fi
    let_go
    # One after the other: tests of deadlines share two cores badly.
    for project in tests/*/*.Tests.csproj; do
        name=$(basename "$project" .csproj)
        run_tests "$name" "artifacts/bin/$name/release/$name" -noLogo -noColor -noAutoReporters -reporter quiet \
            -longRunning 60 -result-junit "TestResults/$name.xml"
    done
}

test_real_vllm() {
    [[ -n ${THEMIS_VLLM_PYTHON:-} ]] ||
        die "$missing_code" "--real-vllm needs THEMIS_VLLM_PYTHON, the interpreter that vLLM is installed for."
    find_python || die "$missing_code" "no Python 3.10 or newer with pytest was found."
    run_tests RealVllm env PYTHONDONTWRITEBYTECODE=1 "$python" -m pytest -q -ra --tb=short --color=no \
        --junitxml=TestResults/RealVllm.xml python/tests/real_vllm
}

((with_python == 0)) || prepare_python
rm -rf TestResults
mkdir TestResults
((with_dotnet == 0)) || test_dotnet
if ((real_vllm)); then
    test_real_vllm
else
    run_tests Python env -u THEMIS_VLLM_PYTHON PYTHONDONTWRITEBYTECODE=1 "$python" -m pytest -q -ra --tb=short \
        --color=no --junitxml=TestResults/Python.xml
    echo "A real vLLM was not tested: that is ./test.sh --real-vllm, where one is."
fi

echo "$passed passed, $failed failed, $skipped skipped"
((failed == 0)) || exit 1
