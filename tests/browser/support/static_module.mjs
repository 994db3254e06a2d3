// Loads a module of the chat page into node. The page's files end in .js, which older versions of node take for
// CommonJS outside of a package: so they are loaded from a copy that says what they are.

import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const source = fileURLToPath(new URL("../../../examples/chat/static/js/", import.meta.url));

/** The exports of examples/chat/static/js/`name`. */
export async function staticModule(name) {
  const directory = await mkdtemp(path.join(tmpdir(), "chat-modules-"));
  try {
    await cp(source, directory, { recursive: true });
    await writeFile(path.join(directory, "package.json"), '{"type":"module"}\n');
    return await import(pathToFileURL(path.join(directory, name)).href);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
