#!/usr/bin/env bash
# Writes src/*/PublicAPI.Unshipped.txt anew from what the compiler says is public. Look at the diff before you commit it.
set -euo pipefail
cd "$(dirname "$0")/.."

files=(src/*/PublicAPI.Unshipped.txt)
saved=$(mktemp -d)
trap 'rm -rf "$saved"' EXIT
cp --parents "${files[@]}" "$saved"
for file in "${files[@]}"; do echo '#nullable enable' >"$file"; done

# The analyzer reports every public symbol that a file lacks. Each project is compiled once, by the first that needs it.
report=""
for file in "${files[@]}"; do
    if ! part=$(dotnet build "$(dirname "$file")" -c Release -p:TreatWarningsAsErrors=false -v:q -clp:NoSummary 2>&1); then
        cp -r "$saved/src" .
        grep -E ' error ' <<<"$part" | sort -u | cut -c1-220
        echo "$(dirname "$file") does not build; the files are as they were." >&2
        exit 1
    fi
    report+=$part$'\n'
done

for file in "${files[@]}"; do
    name=$(basename "$(dirname "$file")"/*.csproj)
    { echo '#nullable enable'
      grep -E "warning RS0016: Symbol '.*\\[.*/$name\\]" <<<"$report" |
          sed -E "s/.*warning RS0016: Symbol '(.*)' is not part of the declared public API.*/\\1/" |
          LC_ALL=C sort -u || true; } >"$file"
    echo "$file: $(($(wc -l <"$file") - 1)) symbols"
done
