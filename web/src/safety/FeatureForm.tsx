import { Button, FileButton, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../api";
import { type FeatureKind, FEATURES } from "./types";
import { useAct } from "./useAct";

const TEXTS: readonly FeatureKind[] = ["name", "phone", "plate", "badge"];
const ACCEPTED: Readonly<Record<string, string>> = { face: "image/jpeg,image/png,image/webp", belonging: "image/jpeg,image/png,image/webp", voice: "audio/ogg,audio/mpeg,audio/wav,audio/mp4" };
const LARGEST = 4 * 1024 * 1024;

/** One more: a text, or a picture or recording. */
export function FeatureForm({ root, onDone, onClose }: { root: string; onDone: () => void; onClose: () => void }) {
  const { t } = useTranslation();
  const action = useAct("feature_add");
  const [kind, setKind] = useState<FeatureKind>("name");
  const [text, setText] = useState("");
  const [file, setFile] = useState<File | null>(null);
  const isText = TEXTS.includes(kind);
  const isTooLarge = (file?.size ?? 0) > LARGEST;
  const isReady = isText ? text.trim() !== "" : file !== null ? !isTooLarge : kind === "belonging" && text.trim() !== "";
  const add = async (): Promise<void> => {
    const body = file === null || isText ? { kind, text: text.trim() } : { kind, label: text.trim(), content_type: file.type, data: await base64(file) };
    if (await action.run(() => call("POST", root, { body }))) onDone();
  };
  return (
    <Stack gap="sm">
      <Select size="md" label={t("safety.features.what")} allowDeselect={false} value={kind} data={FEATURES.map((value) => ({ value, label: t(`safety.features.kind.${value}`) }))} onChange={(value) => { setKind(value as FeatureKind); setFile(null); }} />
      <TextInput size="md" label={t(isText ? "safety.features.words" : "safety.features.label")} maxLength={200} value={text} onChange={(event) => setText(event.currentTarget.value)} />
      {!isText && <Group gap="sm"><FileButton accept={ACCEPTED[kind] ?? ""} onChange={setFile}>{(props) => <Button {...props} variant="default" mih={44}>{t(kind === "voice" ? "safety.features.recording" : "safety.raise.picture")}</Button>}</FileButton>{file && <Text fz="sm" className="file-name">{file.name}</Text>}</Group>}
      {isTooLarge && <Text role="alert" fz="sm" c="var(--rk-danger)">{t("safety.features.tooLarge")}</Text>}
      {action.why && <Text role="alert" fz="sm" c="var(--rk-danger)">{action.why}</Text>}
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
