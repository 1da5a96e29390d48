import type { Kind } from "../types";

/** What a new kind begins with: a point on each side, to be changed. */
export function template(): Kind {
  const schema = { type: "object", required: ["item_id"], properties: { item_id: { type: "string", maxLength: 255 } } };
  return {
    kind: "new_kind",
    version: 1,
    title: { en: "What goes wrong", zh: "出了什么问题" },
    description: { en: "What people see when it does.", zh: "出问题时用户看到什么。" },
    correlation: "item_id",
    window_hours: 24,
    points: [
      { name: "item_asked", side: "client", order: 1, title: { en: "Asks for it", zh: "提出请求" }, schema },
      { name: "item_given", side: "server", order: 2, title: { en: "Gets it", zh: "得到结果" }, schema, within_ms: 30_000 },
    ],
  };
}
