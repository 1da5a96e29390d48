import { useTranslation } from "react-i18next";
import { Failed } from "../../parts/States";
import { failureWords } from "../failures";

/** What could not be loaded: what happened, that nothing was changed, what to do, the incident id. */
export function Broken({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const { t } = useTranslation();
  return <Failed text={`${failureWords(error, t)} ${t("console.failed.safe")}`} onRetry={onRetry} />;
}
