import { Button, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../api";
import { Sure } from "../parts/Sure";
import { Section } from "../settings/Section";
import { live } from "./live";
import type { Kept } from "./types";
import { useAct } from "./useAct";

/** Withdraw everything: what identifies one and where one is are erased, all watching over ends, nothing is agreed to. */
export function Erase({ kept, onChanged }: { kept: Kept; onChanged: () => void }) {
  const { t } = useTranslation();
  const action = useAct("safety_withdraw");
  const [isAsking, setAsking] = useState(false);
  const [written, setWritten] = useState("");
  const isReady = written.trim().toLocaleLowerCase() === t("safety.erase.word").toLocaleLowerCase();
  const erase = async (): Promise<void> => {
    if (!isReady) return;
    live.stop("safety");
    if (await action.run(() => call("DELETE", `/safety/people/${encodeURIComponent(kept.user_id)}`))) { setAsking(false); onChanged(); }
  };
  return (
    <Section title={t("safety.erase.title")}>
      <Text fz="sm">{t("safety.erase.text")}</Text>
      <Button variant="default" mih={44} style={{ alignSelf: "flex-start" }} onClick={() => { setWritten(""); action.reset(); setAsking(true); }}>{t("safety.erase.go")}</Button>
      {action.state === "done" && <Text role="status" fz="sm">{t("safety.erase.done")}</Text>}
      <Sure opened={isAsking} title={t("safety.erase.title")} text={t("safety.erase.sure")} yes={t("safety.erase.go")} action={action} onYes={() => void erase()} onClose={() => setAsking(false)}>
        <TextInput size="md" required label={t("safety.erase.write", { word: t("safety.erase.word") })} value={written} onChange={(event) => setWritten(event.currentTarget.value)} />
      </Sure>
    </Section>
  );
}
