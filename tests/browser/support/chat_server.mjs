// The real chat executable, on a database of its own.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { access, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const repository = fileURLToPath(new URL("../../../", import.meta.url));
const START_DEADLINE_MS = 20_000;
const STOP_DEADLINE_MS = 15_000;

export const executable = path.resolve(
  repository,
  process.env.CHAT_SERVER ?? path.join("build", "release", "examples", "chat", "chat"),
);

export class ChatServer {
  #directory;
  #process = null;
  #output = "";
  #arguments = [];
  port = 0;

  /** Starts a server on a new database and a free port. */
  static async start(serverArguments = []) {
    await access(executable).catch(() => {
      throw new Error(`${executable} is not there: build it, or name another one in CHAT_SERVER`);
    });
    const server = new ChatServer();
    server.#arguments = serverArguments;
    server.#directory = await mkdtemp(path.join(tmpdir(), "chat-browser-"));
    await server.#launch();
    return server;
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Kills the server without a word. */
  async kill() {
    await this.#end("SIGKILL");
  }

  /** Starts it again: the same database, the same port. */
  async restart() {
    await this.#launch();
  }

  /** Ends the server and removes its database. */
  async stop() {
    await this.#end("SIGTERM");
    await rm(this.#directory, { recursive: true, force: true });
  }

  async #launch() {
    const database = path.join(this.#directory, "chat.sqlite3");
    const child = spawn(executable, ["--port", String(this.port), "--database", database, ...this.#arguments], {
      cwd: repository,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#process = child;
    this.#output = "";
    await new Promise((resolve, reject) => {
      const fail = (reason) => {
        clearTimeout(timer);
        reject(new Error(`The chat server ${reason}. Its output:\n${this.#output}`));
      };
      const timer = setTimeout(() => fail("did not print its address in time"), START_DEADLINE_MS);
      const read = (chunk) => {
        // Only what helps to understand a failure is kept.
        this.#output = (this.#output + chunk).slice(-20_000);
      };
      child.stdout.setEncoding("utf8").on("data", (chunk) => {
        read(chunk);
        const found = /http:\/\/127\.0\.0\.1:(\d+)/.exec(this.#output);
        if (!found) return;
        clearTimeout(timer);
        this.port = Number(found[1]);
        resolve();
      });
      child.stderr.setEncoding("utf8").on("data", read);
      child.on("error", (error) => fail(`could not be started: ${error.message}`));
      child.on("exit", (code, signal) => fail(`ended early (${code ?? signal})`));
    });
  }

  async #end(signal) {
    const child = this.#process;
    this.#process = null;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill(signal);
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_DEADLINE_MS);
    await ended;
    clearTimeout(timer);
  }
}
