/** Reads who takes over whom from a file: a customer and their successor in each line, by user id or user name. */
export type BadLine = { line: number; why: "columns" | "ids" | "many" | "large" };

const MOST = 10_000;
const HEADS = new Set(["customer", "customer_id", "客户"]);
const ID = /^@[^\s:]+:\S+$/;
const NAME = /^[a-z0-9._=/+-]+$/;

export function readChoices(text: string, serverName: string): { choices: Record<string, string>; bad: BadLine[] } {
  const choices: Record<string, string> = {};
  const bad: BadLine[] = [];
  let count = 0;
  text.replace(/^\uFEFF/, "").split(/\r\n|\n|\r/).forEach((content, index) => {
    const line = index + 1;
    if (content.trim() === "") return;
    const [customer = "", successor = "", ...more] = cellsOf(content);
    if (index === 0 && HEADS.has(customer.toLowerCase())) return;
    const ids = [customer, successor].map((name) => idOf(name, serverName));
    if (successor === "" || more.some((cell) => cell !== "")) bad.push({ line, why: "columns" });
    else if (ids[0] === undefined || ids[1] === undefined) bad.push({ line, why: "ids" });
    else if (count >= MOST) bad.push({ line, why: "many" });
    else {
      choices[ids[0]] = ids[1];
      count += 1;
    }
  });
  return { choices, bad };
}

function idOf(name: string, serverName: string): string | undefined {
  if (ID.test(name)) return name;
  return NAME.test(name) ? `@${name}:${serverName}` : undefined;
}

/** The cells of a line, which a comma, semicolon or tab divides; quoted ones may hold those. An apostrophe that a table put before a sign is dropped. */
function cellsOf(line: string): string[] {
  const found = line.match(/("(?:[^"]|"")*"|[^,;\t]*)([,;\t]|$)/g) ?? [];
  return found
    .map((cell) => cell.replace(/[,;\t]$/, "").trim())
    .map((cell) => (cell.startsWith('"') && cell.endsWith('"') && cell.length > 1 ? cell.slice(1, -1).replaceAll('""', '"') : cell).replace(/^'(?=@)/, "").trim());
}
