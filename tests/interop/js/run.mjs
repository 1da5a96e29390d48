/**
 * Runs scenarios one after the other in one process, as it is told to on its standard input.
 *
 * Arguments: the server's address, the version that new rooms get, a folder with sample files,
 * the server's instance.json, which has the operator's token.
 * In, a line each: `{"file": "threads", "scenario": "replies"}`.
 * Out, a line each: `{"ok": true | false, "report": "what went wrong, and what was done", "answers": [...]}`,
 * with the JSON answers of the server as `[method, path, status, body]`.
 */
import { createInterface } from "node:readline";
import { inspect } from "node:util";

const SCENARIO_MS = 60_000;
/** Lines of the log that are shown, the newest. */
const LOG_LINES = 150;
const [server, roomVersion, samples, instance] = process.argv.slice(2);

/** What the scenario under way and the SDK say; shown when it fails. */
const log = [];
/** Sets how the scenario under way fails from outside of it. */
let interrupt = () => {};

const say = (level, parts) => {
    if (level === "debug" || level === "trace") return;
    log.push(`${level} ${parts.map((part) => (typeof part === "string" ? part : inspect(part, { depth: 3 }))).join(" ")}`);
};
for (const level of ["trace", "debug", "info", "log", "warn", "error"]) {
    console[level] = (...parts) => say(level, parts);
}
process.on("unhandledRejection", (error) => interrupt(error));
process.on("uncaughtException", (error) => interrupt(error));

// Only now, so that nothing of it keeps the console that it would print to.
const { World } = await import("./world.mjs");

async function run({ file, scenario }) {
    log.length = 0;
    const world = new World({ server, roomVersion, samples, instance, say });
    let timer;
    const interrupted = new Promise((_, reject) => {
        interrupt = reject;
        timer = setTimeout(() => reject(new Error(`not over after ${SCENARIO_MS} ms`)), SCENARIO_MS);
    });
    try {
        const scenarios = await import(`./scenarios/${file}.mjs`);
        await Promise.race([scenarios[scenario](world), interrupted]);
        world.checkRefusals();
        return { ok: true, report: "", answers: world.answers };
    } catch (error) {
        const stack = error instanceof Error ? error.stack : inspect(error);
        return { ok: false, report: [stack, "", ...log.slice(-LOG_LINES)].join("\n"), answers: [] };
    } finally {
        clearTimeout(timer);
        world.close();
    }
}

for await (const line of createInterface({ input: process.stdin })) {
    process.stdout.write(`${JSON.stringify(await run(JSON.parse(line)))}\n`);
}
process.exit(0);
