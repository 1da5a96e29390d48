import { Alert, Button, FileButton, Group, Stack, Textarea } from "@mantine/core";
import { IconPhoto, IconX } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useClient } from "../hooks";
import type { Action } from "../parts/useAction";
import { failureOf } from "./failure";
import { bodyOf, DEFAULT_M, type Place, type PlaceBody, PlaceChoice } from "./PlaceChoice";
import { currentPosition } from "./position";
import type { Kind } from "./types";

export type Report = { kind: Kind; title: string; text: string; place: PlaceBody; media: { url: string; content_type: string; name: string }[] };

const LONGEST = 2000;

type Props = { kind: Kind; why: string | null; action: Action; onRaise: (report: Report) => void; onBack: () => void };

/** Words, a picture, a place: by where one is, or on the map. */
export function RaiseForm({ kind, why, action, onRaise, onBack }: Props) {
  const { t } = useTranslation();
  const client = useClient();
  const [text, setText] = useState("");
  const [file, setFile] = useState<File | null>(null);
  const [isUploading, setUploading] = useState(false);
  const [problem, setProblem] = useState<string | null>(why);
  const [place, setPlace] = useState<Place>({ circle: null, corners: null });
  const [fit, setFit] = useState("");
  const locate = (): void => {
    setProblem(null);
    currentPosition().then(
      ({ latitude, longitude }) => {
        setPlace((before) => ({ ...before, circle: { latitude, longitude, radius: before.circle?.radius ?? DEFAULT_M } }));
        setFit(`${latitude} ${longitude}`);
      },
      (error: unknown) => setProblem(failureOf(error, t)),
    );
  };
  useEffect(() => { if (why === null) locate(); }, []);
  const raise = async (): Promise<void> => {
    const body = bodyOf(place);
    if (body === null) return setProblem(t(place.corners === null ? "safety.raise.noPlace" : "safety.raise.noOutline"));
    setProblem(null);
    const media: Report["media"] = [];
    if (file !== null) {
      setUploading(true);
      try {
        const { content_uri: url } = await client.uploadContent(file);
        media.push({ url, content_type: file.type || "image/jpeg", name: file.name.slice(0, 200) });
      } catch {
        return setProblem(t("safety.raise.noPicture"));
      } finally {
        setUploading(false);
      }
    }
    onRaise({ kind, title: t(`safety.kind.${kind}`), text: text.trim(), place: body, media });
  };
  return (
    <Stack>
      <Textarea size="md" label={t("safety.raise.words")} autosize minRows={2} maxRows={6} maxLength={LONGEST} value={text} onChange={(event) => setText(event.currentTarget.value)} data-autofocus />
      <Group gap="sm">
        <FileButton accept="image/*" onChange={setFile}>{(props) => <Button {...props} variant="default" mih={44} leftSection={<IconPhoto size={18} />}>{t(file === null ? "safety.raise.picture" : "safety.raise.otherPicture")}</Button>}</FileButton>
        {file !== null && <Button variant="subtle" color="gray" mih={44} rightSection={<IconX size={16} aria-hidden />} aria-label={t("safety.raise.withoutPicture", { name: file.name })} onClick={() => setFile(null)}><span className="file-name">{file.name}</span></Button>}
      </Group>
      <PlaceChoice place={place} fit={fit} onChange={setPlace} onLocate={locate} />
      {(problem ?? action.why) && <Alert role="alert" color="red" variant="light">{problem ?? action.why}</Alert>}
      <Group>
        <Button color="red.8" mih={44} loading={isUploading || action.state === "busy"} onClick={() => void raise()}>{t("safety.raise.go")}</Button>
        <Button variant="default" mih={44} onClick={onBack}>{t("safety.raise.back")}</Button>
      </Group>
    </Stack>
  );
}
