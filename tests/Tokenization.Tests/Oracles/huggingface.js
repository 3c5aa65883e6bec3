// Hugging Face's tokenizers as an oracle: one JSON request a line, one JSON answer a line.
//   {"file": path | null, "json": text | null, "texts": [..], "add": bool}  -> {"ids": [[..], ..]}
//   {"file": path | null, "json": text | null, "ids": [[..], ..], "skip": bool} -> {"texts": [..]}
const { Tokenizer } = require('@anush008/tokenizers');
const readline = require('readline');

const loaded = new Map();

async function load(request) {
  const key = request.file ?? request.json;
  if (!loaded.has(key)) {
    loaded.set(key, request.file ? await Tokenizer.fromFile(request.file) : await Tokenizer.fromString(request.json));
  }
  return loaded.get(key);
}

async function answer(request) {
  const tokenizer = await load(request);
  if (request.ids) {
    const texts = [];
    for (const ids of request.ids) {
      texts.push(await tokenizer.decode(ids, request.skip));
    }
    return { texts };
  }
  const ids = [];
  for (const text of request.texts) {
    const encoding = await tokenizer.encode(text, null, { addSpecialTokens: request.add });
    ids.push(encoding.getIds());
  }
  return { ids };
}

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    let reply;
    try {
      reply = await answer(JSON.parse(line));
    } catch (error) {
      reply = { error: String(error) };
    }
    process.stdout.write(JSON.stringify(reply) + '\n');
  }
}

main();
