import { Button, FileInput, Radio, SegmentedControl, Stack, TextInput } from "@mantine/core";
import { IconFileUpload } from "@tabler/icons-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../../api";
import { ActionFailed, useAction } from "../../parts/action";
import { contentUri } from "../upload";
import { labelWords } from "../words";

const LABELS = ["prohibited", "unwanted"] as const;
const HASH = "[0-9a-fA-F]{64}";

/** A file that is to be known: itself, by which similar ones are found too, or a hash of it. */
export function NewKnown({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const [by, setBy] = useState("file");
  const [file, setFile] = useState<File | null>(null);
  const [sha256, setSha256] = useState("");
  const [pdq, setPdq] = useState("");
  const [label, setLabel] = useState<string>("prohibited");
  const [source, setSource] = useState("");
  const [note, setNote] = useState("");
  const action = useAction("screening_known_add");
  const isReady = by === "file" ? file !== null : sha256 !== "" || pdq !== "";
  const add = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const isDone = await action.run(async () => {
      const what = by === "file" ? { media: await contentUri(file!) } : { ...(sha256 ? { sha256: sha256.toLowerCase() } : {}), ...(pdq ? { pdq: pdq.toLowerCase() } : {}) };
      await call("POST", "/screening/known", { body: { ...what, label, source: source.trim(), note: note.trim() } });
    });
    if (isDone) onDone();
  };
  return (
    <form onSubmit={(event) => void add(event)}>
      <Stack>
        <SegmentedControl aria-label={t("screening.known.what")} value={by} onChange={setBy} data={["file", "hash"].map((value) => ({ value, label: t(`screening.known.from.${value}`) }))} />
        {by === "file" && <FileInput size="md" required label={t("screening.known.file")} description={t("screening.known.fileHint")} placeholder={t("screening.try.choose")} leftSection={<IconFileUpload size={20} />} clearable clearButtonProps={{ "aria-label": t("console.clear") }} value={file} onChange={setFile} />}
        {by === "hash" && <TextInput size="md" label="SHA-256" description={t("screening.known.hashHint")} pattern={HASH} maxLength={64} value={sha256} onChange={(event) => setSha256(event.currentTarget.value.trim())} />}
        {by === "hash" && <TextInput size="md" label="PDQ" description={t("screening.known.pdqHint")} pattern={HASH} maxLength={64} value={pdq} onChange={(event) => setPdq(event.currentTarget.value.trim())} />}
        <Radio.Group label={t("screening.known.label")} value={label} onChange={setLabel}>
          <div className="presets">{LABELS.map((value) => <Radio key={value} value={value} label={labelWords(value, t)} description={t(`screening.labelText.${value}`)} />)}</div>
        </Radio.Group>
        <TextInput size="md" label={t("screening.known.note")} maxLength={200} value={note} onChange={(event) => setNote(event.currentTarget.value)} />
        <TextInput size="md" label={t("screening.known.source")} description={t("screening.known.sourceHint")} maxLength={200} value={source} onChange={(event) => setSource(event.currentTarget.value)} />
        <ActionFailed error={action.error} />
        <Button type="submit" h={44} disabled={!isReady} loading={action.isBusy}>{t("screening.known.add")}</Button>
      </Stack>
    </form>
  );
}
