import { Button, FileButton, Group, Stack, Text } from "@mantine/core";
import { IconCamera, IconMicrophone, IconPhoto, IconPlayerStop } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { FeatureKind } from "./types";
import { canRecordVoice, useVoiceRecorder } from "./voiceRecorder";

const PICTURES = "image/jpeg,image/png,image/webp";
const SOUNDS = "audio/ogg,audio/mpeg,audio/wav,audio/mp4,audio/webm";

type Props = { kind: FeatureKind; file: File | null; onChange: (file: File | null) => void };

/** A picture that is taken or chosen, a recording that is made or chosen; and what it is like. */
export function FeatureFile({ kind, file, onChange }: Props) {
  const { t } = useTranslation();
  const isVoice = kind === "voice";
  return (
    <Stack gap="xs">
      <Text fz="sm" c="dimmed">{t(`safety.features.how.${kind}`)}</Text>
      <Group gap="sm">
        {isVoice ? <Record onChange={onChange} /> : <FileButton accept={PICTURES} capture={kind === "face" ? "user" : "environment"} onChange={onChange}>{(props) => <Button {...props} variant="default" mih={44} leftSection={<IconCamera size={18} />}>{t("safety.features.take")}</Button>}</FileButton>}
        <FileButton accept={isVoice ? SOUNDS : PICTURES} onChange={onChange}>{(props) => <Button {...props} variant="default" mih={44} leftSection={<IconPhoto size={18} />}>{t(isVoice ? "safety.features.recording" : "safety.raise.picture")}</Button>}</FileButton>
      </Group>
      {file && <Shown key={`${file.name} ${file.lastModified} ${file.size}`} file={file} isVoice={isVoice} />}
    </Stack>
  );
}

function Record({ onChange }: { onChange: (file: File) => void }) {
  const { t } = useTranslation();
  const { seconds, isRefused, start, stop } = useVoiceRecorder(onChange);
  if (!canRecordVoice()) return null;
  if (seconds === null) {
    return (
      <>
        <Button variant="default" mih={44} leftSection={<IconMicrophone size={18} />} onClick={start}>{t("safety.features.record")}</Button>
        {isRefused && <Text role="alert" fz="sm" c="var(--rk-danger)">{t("safety.features.noMicrophone")}</Text>}
      </>
    );
  }
  return <Button color="red.8" mih={44} leftSection={<IconPlayerStop size={18} />} onClick={stop}>{t("safety.features.stop", { seconds })}</Button>;
}

function Shown({ file, isVoice }: { file: File; isVoice: boolean }) {
  const { t } = useTranslation();
  const [url, setUrl] = useState("");
  useEffect(() => {
    const made = URL.createObjectURL(file);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [file]);
  if (url === "") return null;
  return isVoice ? <audio controls src={url} aria-label={t("safety.features.kind.voice")} /> : <img src={url} alt={file.name} className="feature-picture" />;
}
