import { Anchor, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Section } from "./Section";

export function About() {
  const { t } = useTranslation();
  return (
    <Section title={t("about.title")}>
      <Text fz="sm">{t("about.text")}</Text>
      <Anchor href="/app/third-party-notices.txt" target="_blank" rel="noopener" fz="sm">{t("about.notices")}</Anchor>
    </Section>
  );
}
