/** Files for spreadsheets. */
const MUST_QUOTE = /[",\r\n]/;
const FORMULA = /^[=+\-@\t\r]/;

/** A cell that no spreadsheet takes for a formula. */
export function safeCell(text: string): string {
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return MUST_QUOTE.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** One line. RFC 4180 */
export function csvLine(cells: readonly string[]): string {
  return `${cells.map(safeCell).join(",")}\r\n`;
}

/** Tells spreadsheets that it is UTF-8. */
export const BYTE_ORDER_MARK = "\uFEFF";

/** Give a file to the browser to keep. */
export function keepFile(parts: BlobPart[], name: string, type: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(parts, { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
