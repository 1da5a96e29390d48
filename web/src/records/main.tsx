/** A page for who has a link to a record, and no account: the token stands behind the # of the address. */
import "./linkPage.css";
import { useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { addWords } from "../i18n";
import { start } from "../start";
import { RecordView } from "./RecordView";
import { recordWords } from "./words";

function subscribe(changed: () => void): () => void {
  window.addEventListener("hashchange", changed);
  return () => window.removeEventListener("hashchange", changed);
}

function LinkPage() {
  const { t } = useTranslation();
  const token = useSyncExternalStore(subscribe, () => window.location.hash.replace(/^#\/?/, ""));
  document.title = t("record.linkTitle");
  return (
    <main className="record-page">
      <header className="record-brand">Roomkeeper · {t("record.linkTitle")}</header>
      <RecordView key={token} place={{ token: token || "-" }} />
    </main>
  );
}

addWords(recordWords);
await start(<LinkPage />);
