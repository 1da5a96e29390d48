import { useTranslation } from "react-i18next";
import { Empty } from "../../parts/States";
import type { ConsolePage } from "../pages";
import { go } from "../route";

/** Instead of a page that one may not see, or that is not there. */
export function NotAllowed({ page }: { page: Pick<ConsolePage, "permissions"> | undefined }) {
  const { t } = useTranslation();
  const text =
    page === undefined ? t("console.noPageText") : t("console.mayNotText", { permission: page.permissions.join(t("console.or")), count: page.permissions.length });
  return <Empty title={t(page === undefined ? "console.noPage" : "console.mayNot")} text={text} action={t("console.toFirst")} onAction={() => go("")} />;
}
