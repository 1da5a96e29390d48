import { useTranslation } from "react-i18next";
import { PageBody } from "../parts/PageBody";

export default function PeoplePage() {
  const { t } = useTranslation();
  return <PageBody title={t("console.pages.people")}>{null}</PageBody>;
}
