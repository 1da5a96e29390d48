/** Files that the system's file manager opens with the installed chat. spec: WICG File Handling API, Launch Handler API */
import { newUpload, entryOf } from "../uploads/upload";
import { put } from "../uploads/shelf";
import { SHARED } from "./place";

type Launch = { files?: readonly { getFile: () => Promise<File> }[] };
type Queue = { setConsumer: (consumer: (launch: Launch) => void) => void };

export function takeLaunched(): void {
  const queue = (window as unknown as { launchQueue?: Queue }).launchQueue;
  queue?.setConsumer(({ files = [] }) => {
    if (files.length === 0) return;
    void (async () => {
      const opened = await Promise.all(files.map((one) => one.getFile()));
      await put(...opened.map((file) => ({ record: entryOf(newUpload(file, SHARED), ""), file })));
      window.location.hash = "#/";
      window.location.hash = "#/share/";
    })();
  });
}
