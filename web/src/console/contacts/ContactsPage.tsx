import { useTranslation } from "react-i18next";
import { PageBody } from "../parts/PageBody";

export default function ContactsPage() {
  const { t } = useTranslation();
  return <PageBody title={t("console.pages.contacts")}>{null}</PageBody>;
}
