import { useTranslation } from "react-i18next";
import { PageBody } from "../parts/PageBody";

export default function SettingsPage() {
  const { t } = useTranslation();
  return <PageBody title={t("console.pages.settings")}>{null}</PageBody>;
}
