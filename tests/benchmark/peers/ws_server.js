// The npm package ws, doing the work of bench_server: node ws_server.js [--port P]
import { createServer } from "node:http";
import { parseArgs } from "node:util";
import { WebSocketServer } from "ws";

const { values } = parseArgs({ options: { port: { type: "string", default: "0" } } });
const paths = new Set(["/ping/", "/room/", "/echo/"]);
const room = new Set();

const http = createServer((request, response) => response.writeHead(404).end());
const server = new WebSocketServer({ noServer: true, perMessageDeflate: false });

http.on("upgrade", (request, socket, head) => {
    if (!paths.has(request.url)) {
        socket.end("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
        return;
    }
    socket.setNoDelay(true);
    server.handleUpgrade(request, socket, head, (connection) => open(connection, request.url));
});

function open(connection, path) {
    connection.on("error", () => connection.terminate());
    if (path === "/echo/") {
        connection.on("message", (data, binary) => connection.send(data, { binary }));
        return;
    }
    if (path === "/room/") {
        room.add(connection);
        connection.on("close", () => room.delete(connection));
    }
    connection.on("message", (data) => handle(connection, path, data));
}

function handle(connection, path, data) {
    let message;
    try {
        message = JSON.parse(data);
    } catch {
        message = null;
    }
    if (message?.action === "ping") {
        connection.send(JSON.stringify({ action: "pong" }));
    } else if (message?.action === "chat" && path === "/room/" && typeof message.payload === "string") {
        publish(connection, message.payload);
    } else {
        connection.send(JSON.stringify({ action: "error", payload: "This message is not understood" }));
    }
}

function publish(sender, payload) {
    const encode = (mine) => JSON.stringify({ action: "chat", payload, is_mine: mine, is_current: mine });
    const toSender = encode(true);
    const toOthers = encode(false);
    for (const member of room) {
        member.send(member === sender ? toSender : toOthers);
    }
}

http.listen(Number(values.port), "127.0.0.1", 4096, () => {
    console.log(`ws listening on http://127.0.0.1:${http.address().port}`);
});
for (const signal of ["SIGINT", "SIGTERM"]) {
    process.on(signal, () => process.exit(0));
}
