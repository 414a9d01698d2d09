// A line between browser and server that can fall silent, as when a cable is pulled: no answer, no end, no error.

import net from "node:net";
import type { Server } from "./server.ts";

export class Line {
    /** The server at this end of the line. */
    readonly url: string;
    private readonly listener: net.Server;
    private readonly sockets = new Set<net.Socket>();
    private cut = false;

    private constructor(listener: net.Server, url: string) {
        this.listener = listener;
        this.url = url;
    }

    static async to(server: Server): Promise<Line> {
        const port = Number(new URL(server.url).port);
        const listener = net.createServer();
        await new Promise<void>((listening) => listener.listen(0, "127.0.0.1", listening));
        const line = new Line(listener, `https://127.0.0.1:${(listener.address() as net.AddressInfo).port}`);
        listener.on("connection", (near) => line.join(near, port));
        return line;
    }

    private join(near: net.Socket, port: number): void {
        this.hold(near);
        if (this.cut) {
            return;
        }
        const far = net.connect(port, "127.0.0.1");
        this.hold(far);
        near.pipe(far).pipe(near);
        // One end takes the other along, while there is a line.
        for (const [from, to] of [[near, far], [far, near]] as const) {
            from.on("close", () => to.readableFlowing && to.destroy());
        }
    }

    private hold(socket: net.Socket): void {
        this.sockets.add(socket.on("error", () => {}).on("close", () => this.sockets.delete(socket)));
    }

    /** From now on nothing gets through, and nobody is told. */
    silent(): void {
        this.cut = true;
        for (const socket of this.sockets) {
            socket.unpipe().pause();
        }
    }

    /** The line is back, and does not know the connections of before, as a firewall that has lost them. */
    back(): void {
        this.cut = false;
        for (const socket of this.sockets) socket.resetAndDestroy();
    }

    stop(): void {
        this.listener.close();
        for (const socket of this.sockets) socket.destroy();
    }
}
