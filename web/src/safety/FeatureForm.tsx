import { Alert, Button, Checkbox, Group, List, Select, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, call } from "../api";
import { FeatureFile } from "./FeatureFile";
import { type FeatureKind, FEATURES } from "./types";
import { useAct } from "./useAct";

const TEXTS: readonly FeatureKind[] = ["name", "phone", "plate", "badge"];
const LARGEST = 4 * 1024 * 1024;

/** One more: a text, or a picture or recording, which the server looks at: it says what to do better. */
export function FeatureForm({ root, onDone, onClose }: { root: string; onDone: () => void; onClose: () => void }) {
  const { t } = useTranslation();
  const action = useAct("feature_add");
  const [kind, setKind] = useState<FeatureKind>("name");
  const [text, setText] = useState("");
  const [file, setFile] = useState<File | null>(null);
  const [consents, setConsents] = useState(false);
  const [quality, setQuality] = useState<readonly string[]>([]);
  const isText = TEXTS.includes(kind);
  const isTooLarge = (file?.size ?? 0) > LARGEST;
  const isReady = consents && (isText ? text.trim() !== "" : file !== null ? !isTooLarge : kind === "belonging" && text.trim() !== "");
  const again = (): void => { action.reset(); setQuality([]); };
  const add = async (): Promise<void> => {
    const what = file === null || isText ? { kind, text: text.trim() } : { kind, label: text.trim(), content_type: file.type, data: await base64(file) };
    setQuality([]);
    const send = (): Promise<unknown> => call("POST", root, { body: { ...what, consent: consents } }).catch((error: unknown) => {
      if (error instanceof ApiError && Array.isArray(error.data["org.roomkeeper.quality"])) setQuality(error.data["org.roomkeeper.quality"].map(String));
      throw error;
    });
    if (await action.run(send)) onDone();
  };
  return (
    <Stack gap="sm">
      <Select size="md" label={t("safety.features.what")} allowDeselect={false} value={kind} data={FEATURES.map((value) => ({ value, label: t(`safety.features.kind.${value}`) }))} onChange={(value) => { setKind(value as FeatureKind); setFile(null); again(); }} />
      <TextInput size="md" label={t(isText ? "safety.features.words" : "safety.features.label")} maxLength={200} value={text} onChange={(event) => { setText(event.currentTarget.value); again(); }} />
      {!isText && <FeatureFile kind={kind} file={file} onChange={(chosen) => { setFile(chosen); again(); }} />}
      {isTooLarge && <Text role="alert" fz="sm" c="var(--rk-danger)">{t("safety.features.tooLarge")}</Text>}
      <Checkbox className="tap" checked={consents} onChange={(event) => setConsents(event.currentTarget.checked)} label={t("safety.features.consent")} aria-describedby="feature-consent" />
      <Text id="feature-consent" fz="sm" c="dimmed">{t("safety.features.consentText")}</Text>
      {quality.length > 0 && (
        <Alert role="alert" color="orange" variant="light" title={t("safety.features.better")}>
          <List size="sm">{quality.map((one) => <List.Item key={one}>{t(`safety.features.quality.${one}`)}</List.Item>)}</List>
        </Alert>
      )}
      {action.why && quality.length === 0 && <Text role="alert" fz="sm" c="var(--rk-danger)">{action.why}</Text>}
      <Group>
        <Button mih={44} disabled={!isReady} loading={action.state === "busy"} onClick={() => void add()}>{t("safety.features.add")}</Button>
        <Button mih={44} variant="default" onClick={onClose}>{t("safety.raise.back")}</Button>
      </Group>
    </Stack>
  );
}

/** RFC 4648 §4 */
function base64(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).split(",")[1] ?? "");
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}
