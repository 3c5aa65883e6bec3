// Checks the repository's Python files with ruff (lint and format), at the version in tools/npm.
// usage: node scripts/ruff.mjs [--fix]     --fix writes the formatted text back first
// Exit code 1: something was found. The settings are pyproject.toml's [tool.ruff] tables.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const { PositionEncoding, Workspace } = createRequire(join(root, ".tools/"))("@astral-sh/ruff-wasm-nodejs");

// Strings, numbers and arrays are written alike in JSON and in TOML, so those are all that the tables may hold.
function settings() {
  const text = readFileSync(join(root, "pyproject.toml"), "utf8").replace(/^#.*$/gm, "");
  const options = {};
  for (const [, path, body] of text.matchAll(/^\[tool\.ruff\.?([\w.-]*)\]\n(.*?)(?=^\[|(?![\s\S]))/gms)) {
    const table = path.split(".").filter(Boolean).reduce((into, key) => (into[key] ??= {}), options);
    for (const [, key, value] of body.matchAll(/^"?([^\n"=]+?)"? = (\[.*?\]|[^\n]*)$/gms)) table[key] = JSON.parse(value);
  }
  return options;
}

function pythonFiles() {
  try {
    const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.py"], {
      cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"],
    });
    return listed.split("\0").filter((file) => file && existsSync(join(root, file)));
  } catch {
    // No git, or an unpacked archive: everything outside the folders that tools fill.
    const skipped = new Set(["artifacts", "node_modules", "__pycache__"]);
    const walk = (folder) => readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      if (entry.name.startsWith(".") || skipped.has(entry.name)) return [];
      const path = join(folder, entry.name);
      return entry.isDirectory() ? walk(path) : entry.name.endsWith(".py") ? [relative(root, path)] : [];
    });
    return walk(root);
  }
}

// The library knows no paths, so ruff's own table of rules that a folder is spared is applied here.
const { "per-file-ignores": spared = {}, ...lint } = settings().lint;
const workspaces = new Map();
function workspaceFor(file) {
  const rules = Object.keys(spared).filter((glob) => file.startsWith(glob.replace("**", ""))).flatMap((glob) => spared[glob]);
  const key = rules.join();
  if (!workspaces.has(key)) {
    const options = { ...settings(), lint: { ...lint, ignore: [...lint.ignore, ...rules] } };
    workspaces.set(key, new Workspace(options, PositionEncoding.Utf16));
  }
  return workspaces.get(key);
}

const files = pythonFiles();
let found = 0;
for (const file of files) {
  const path = join(root, file);
  const workspace = workspaceFor(file);
  let text = readFileSync(path, "utf8");
  const formatted = workspace.format(text);
  if (formatted !== text && process.argv.includes("--fix")) writeFileSync(path, (text = formatted));
  if (formatted !== text) console.log(`${file}: not formatted (node scripts/ruff.mjs --fix)`);
  const problems = workspace.check(text);
  for (const { code, message, start_location: at } of problems) {
    console.log(`${file}:${at.row}:${at.column}: ${code ?? "syntax"} ${message}`);
  }
  found += problems.length + (formatted !== text);
}
console.log(`ruff ${Workspace.version()}: ${files.length} files, ${found} problems`);
process.exitCode = found || !files.length ? 1 : 0;
