import { SegmentedControl, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useClient } from "../hooks";
import { track } from "../track";
import { uploadsOf } from "../uploads/uploads";
import { beginUploads, uploadsBegin, type When } from "../uploads/when";
import { Section } from "./Section";

/** When files that one attaches are uploaded and checked. */
export function Attachments() {
  const { t } = useTranslation();
  const client = useClient();
  const [when, setWhen] = useState<When>(uploadsBegin);
  const choose = (chosen: string): void => {
    track("upload_when", { when: chosen });
    beginUploads(chosen as When);
    setWhen(chosen as When);
    uploadsOf(client).goOn();
  };
  const data = (["capture", "send"] as const).map((value) => ({ value, label: t(`uploads.${value}`) }));
  return (
    <Section title={t("uploads.title")}>
      <SegmentedControl className="wrapped" fullWidth aria-label={t("uploads.title")} data={data} value={when} onChange={choose} />
      <Text fz="sm" c="dimmed">{t(`uploads.${when}Text`)}</Text>
    </Section>
  );
}
