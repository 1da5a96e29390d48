import { Switch, Text } from "@mantine/core";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Section } from "../settings/Section";
import { chooseTracking, type OwnTracking, ownTracking } from "./choice";
import { switchSender } from "./sender";

/** Whether what one does is sent. Nothing is shown where this server does not want it. */
export default function TrackingChoice() {
  const { t } = useTranslation();
  const [own, setOwn] = useState<OwnTracking | null>(null);
  const [isBusy, setBusy] = useState(false);
  const [hasFailed, setFailed] = useState(false);
  useEffect(() => {
    ownTracking().then(setOwn, () => setOwn(null));
  }, []);
  if (own === null || !own.available) return null;
  const choose = async (enabled: boolean): Promise<void> => {
    setBusy(true);
    setFailed(false);
    try {
      if (!enabled) switchSender(false);
      setOwn(await chooseTracking(enabled));
      if (enabled) switchSender(true);
    } catch {
      setFailed(true);
    }
    setBusy(false);
  };
  return (
    <Section title={t("tracking.title")}>
      <Switch label={t("tracking.switch")} checked={own.chosen} disabled={isBusy} onChange={(event) => void choose(event.currentTarget.checked)} size="md" />
      <Text fz="sm" c="dimmed">{t("tracking.text", { days: own.kept_days })}</Text>
      <div role="status">
        {!own.chosen && <Text fz="sm">{t("tracking.off")}</Text>}
        {hasFailed && <Text fz="sm" c="var(--rk-danger)">{t("tracking.failed")}</Text>}
      </div>
    </Section>
  );
}
