import { useTranslation } from "react-i18next";
import { PageBody } from "../parts/PageBody";

export default function DepartmentsPage() {
  const { t } = useTranslation();
  return <PageBody title={t("console.pages.departments")}>{null}</PageBody>;
}
