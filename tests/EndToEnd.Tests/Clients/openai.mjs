// Asks a server one question with OpenAI's own client, whole and streamed, and prints what it understood as JSON.
// usage: node openai.mjs PACKAGES_FOLDER BASE_URL MODEL QUESTION
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [packages, baseURL, model, question] = process.argv.slice(2);
const entry = createRequire(join(packages, "index.js")).resolve("openai");
const { default: OpenAI } = await import(pathToFileURL(entry).href);

const client = new OpenAI({ baseURL, apiKey: "none", maxRetries: 0 });
const request = { model, messages: [{ role: "user", content: question }], temperature: 0 };

const whole = await client.chat.completions.create(request);
let streamed = "";
let finishReason = null;
let usage = null;
const stream = await client.chat.completions.create({ ...request, stream: true, stream_options: { include_usage: true } });
for await (const chunk of stream) {
    streamed += chunk.choices[0]?.delta.content ?? "";
    finishReason = chunk.choices[0]?.finish_reason ?? finishReason;
    usage = chunk.usage ?? usage;
}
const models = (await client.models.list()).data.map((one) => one.id);
const error = await client.chat.completions.create({ ...request, model: "none" }).catch((thrown) => thrown);

console.log(JSON.stringify({
    whole: whole.choices[0].message.content,
    streamed,
    finish_reason: finishReason,
    completion_tokens: usage?.completion_tokens,
    models,
    error: { name: error.constructor.name, status: error.status, code: error.code },
}));
