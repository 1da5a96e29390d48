/** When the upload of a file begins: as soon as it is chosen, or only when its message is sent. Kept on the device. */
export type When = "capture" | "send";

const KEY = "roomkeeper.uploads.when";

export function uploadsBegin(): When {
  return localStorage.getItem(KEY) === "send" ? "send" : "capture";
}

export function beginUploads(when: When): void {
  localStorage.setItem(KEY, when);
}
