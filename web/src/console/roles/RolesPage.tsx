import { useTranslation } from "react-i18next";
import { PageBody } from "../parts/PageBody";

export default function RolesPage() {
  const { t } = useTranslation();
  return <PageBody title={t("console.pages.roles")}>{null}</PageBody>;
}
