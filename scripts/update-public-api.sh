#!/usr/bin/env bash
# Writes src/*/PublicAPI.Unshipped.txt anew from what the compiler says is public. Look at the diff before you commit it.
set -euo pipefail
cd "$(dirname "$0")/.."

for file in src/*/PublicAPI.Unshipped.txt; do
    folder=$(dirname "$file")
    before=$(cat "$file")
    echo '#nullable enable' > "$file"
    # The analyzer reports every public symbol that the file lacks; that report is the new file.
    if ! report=$(dotnet build "$folder" -p:TreatWarningsAsErrors=false \
            -v:q -clp:NoSummary --no-incremental 2>&1); then
        printf '%s\n' "$before" > "$file"
        grep -E ' error ' <<<"$report" | sort -u | cut -c1-220
        echo "$folder does not build; its file is as it was." >&2
        exit 1
    fi
    name=$(basename "$folder"/*.csproj)
    { echo '#nullable enable'
      grep -E "warning RS0016: Symbol '.*\\[.*/$name\\]" <<<"$report" \
          | sed -E "s/.*warning RS0016: Symbol '(.*)' is not part of the declared public API.*/\\1/" \
          | LC_ALL=C sort -u || true; } > "$file"
    echo "$file: $(($(wc -l < "$file") - 1)) symbols"
done
