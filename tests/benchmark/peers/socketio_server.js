// The npm package socket.io, doing the work of bench_server in its own way: the namespaces /ping, /room and /echo.
// node socketio_server.js [--port P]
import { createServer } from "node:http";
import { parseArgs } from "node:util";
import { Server } from "socket.io";

const { values } = parseArgs({ options: { port: { type: "string", default: "0" } } });

const http = createServer();
const server = new Server(http, { transports: ["websocket"], serveClient: false, perMessageDeflate: false });

server.of("/ping").on("connection", (socket) => {
    socket.on("ping", () => socket.emit("pong"));
});

server.of("/room").on("connection", (socket) => {
    socket.join("room");
    socket.on("chat", (message) => {
        if (typeof message?.payload !== "string") {
            return;
        }
        const { payload } = message;
        socket.emit("chat", { payload, is_mine: true, is_current: true });
        socket.to("room").emit("chat", { payload, is_mine: false, is_current: false });
    });
});

server.of("/echo").on("connection", (socket) => {
    socket.on("echo", (data) => socket.emit("echo", data));
});

http.listen(Number(values.port), "127.0.0.1", 4096, () => {
    console.log(`socket.io listening on http://127.0.0.1:${http.address().port}`);
});
for (const signal of ["SIGINT", "SIGTERM"]) {
    process.on(signal, () => process.exit(0));
}
