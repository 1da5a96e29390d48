import { useTranslation } from "react-i18next";
import { PageBody } from "../parts/PageBody";

export default function SessionsPage() {
  const { t } = useTranslation();
  return <PageBody title={t("console.pages.sessions")}>{null}</PageBody>;
}
