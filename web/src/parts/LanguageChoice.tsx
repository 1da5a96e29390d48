import { SegmentedControl } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { type Language, LANGUAGES, speak, spoken } from "../i18n";

const CHOICES = Object.entries(LANGUAGES).map(([value, label]) => ({ value, label }));

export function LanguageChoice() {
  const { t } = useTranslation();
  return (
    <SegmentedControl
      aria-label={t("settings.language")} data={CHOICES} value={spoken()} fullWidth onChange={(value) => void speak(value as Language)}
    />
  );
}
