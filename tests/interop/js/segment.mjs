/**
 * Sends events with @segment/analytics-node, as an application does.
 *
 * Arguments: the server's address, a write key, a user's id, how many events.
 * Out: one line of JSON, `{"sent": 3, "errors": []}`.
 */
import { Analytics } from "@segment/analytics-node";

const [host, writeKey, userId, count] = process.argv.slice(2);
const errors = [];
let sent = 0;
const analytics = new Analytics({ writeKey, host, flushAt: 10, maxRetries: 2 });
analytics.on("error", (error) => errors.push(String(error.reason ?? error.code)));
analytics.on("http_response", (answer) => answer.status !== 200 && errors.push(`${answer.status}`));
analytics.identify({ userId, anonymousId: "visitor-js", traits: { email: "a@mail.example" } });
for (let number = 0; number < Number(count); number++) {
    analytics.track({ userId, event: "Message Sending", properties: { txn_id: `js${number}`, room_id: "!r:example.org" } }, () => sent++);
}
analytics.page({ userId, name: "Cart" });
await analytics.closeAndFlush({ timeout: 20_000 });
console.log(JSON.stringify({ sent, errors }));
