import { Button, Text } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call, request } from "../api";
import { Sure } from "../parts/Sure";
import { Section } from "../settings/Section";
import { exact, fileSize, short } from "../times";
import { FeatureForm } from "./FeatureForm";
import type { Feature, Kept } from "./types";
import { useAct } from "./useAct";

/** What may identify a person: registered by themselves, stored sealed, erased at any time. */
export function Features({ kept, onChanged }: { kept: Kept; onChanged: () => void }) {
  const { t } = useTranslation();
  const [isNew, setNew] = useState(false);
  const [removed, setRemoved] = useState<Feature | null>(null);
  const action = useAct("feature_remove");
  const root = `/safety/people/${encodeURIComponent(kept.user_id)}/features`;
  const remove = async (): Promise<void> => {
    if (removed !== null && (await action.run(() => call("DELETE", `${root}/${removed.feature_id}`)))) { setRemoved(null); onChanged(); }
  };
  return (
    <Section title={t("safety.features.title")}>
      <Text fz="sm" c="dimmed">{t("safety.features.text")}</Text>
      {kept.features.length === 0 && <Text fz="sm">{t("safety.features.none")}</Text>}
      {kept.features.length > 0 && (
        <ul className="plain-list">
          {kept.features.map((feature) => (
            <li key={feature.feature_id} className="person">
              <span className="person-text">
                <span>{t(`safety.features.kind.${feature.kind}`)}{feature.label && ` · ${feature.label}`}{feature.text && `: ${feature.text}`}</span>
                <small title={exact(feature.created_ts)}>{feature.content_type ? `${fileSize(feature.size ?? 0)} · ` : ""}{short(feature.created_ts)}</small>
              </span>
              {feature.content_type && <Button size="sm" mih={44} variant="default" onClick={() => void save(`/_roomkeeper/v1${root}/${feature.feature_id}/file`, feature)}>{t("safety.features.save")}</Button>}
              <Button size="sm" mih={44} variant="subtle" color="red" leftSection={<IconTrash size={18} />} onClick={() => { action.reset(); setRemoved(feature); }}>{t("safety.features.remove")}</Button>
            </li>
          ))}
        </ul>
      )}
      {isNew ? <FeatureForm root={root} onDone={() => { setNew(false); onChanged(); }} onClose={() => setNew(false)} />
        : kept.decides && <Button variant="default" mih={44} style={{ alignSelf: "flex-start" }} leftSection={<IconPlus size={18} />} onClick={() => setNew(true)}>{t("safety.features.add")}</Button>}
      <Sure opened={removed !== null} title={t("safety.features.remove")} text={t("safety.features.removeText")} yes={t("safety.features.remove")} action={action} onYes={() => void remove()} onClose={() => setRemoved(null)} />
    </Section>
  );
}

async function save(path: string, feature: Feature): Promise<void> {
  const url = URL.createObjectURL(await (await request("GET", path)).blob());
  const link = Object.assign(document.createElement("a"), { href: url, download: `${feature.kind}.${feature.content_type?.split("/")[1] ?? "bin"}` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url));
}
