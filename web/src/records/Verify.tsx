import { Button, Loader, Modal, Stack, Text } from "@mantine/core";
import { IconShieldCheck } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { exact } from "../times";
import { track } from "../track";
import { failureOf } from "./failure";
import type { Source } from "./source";

type Told = { checked: number; erased: number; broken: number[]; checkpoint: number | null; ts: number | null; isDone: boolean };
const NOTHING: Told = { checked: 0, erased: 0, broken: [], checkpoint: null, ts: null, isDone: false };

/** Checks the whole chain, part by part, and says what came of it. */
export function Verify({ source }: { source: Source }) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button variant="default" h={44} leftSection={<IconShieldCheck size={18} />} onClick={() => { track("record_verify"); setOpen(true); }}>{t("record.verify.go")}</Button>
      <Modal opened={isOpen} onClose={() => setOpen(false)} title={t("record.verify.title")} closeButtonProps={{ "aria-label": t("close") }}>
        {isOpen && <Result source={source} />}
      </Modal>
    </>
  );
}

function Result({ source }: { source: Source }) {
  const { t } = useTranslation();
  const [told, setTold] = useState<Told>(NOTHING);
  const [error, setError] = useState<unknown>(null);
  const [round, setRound] = useState(0);
  useEffect(() => {
    const stop = new AbortController();
    setError(null);
    run(source, stop.signal, setTold).catch((failure: unknown) => !stop.signal.aborted && setError(failure));
    return () => stop.abort();
  }, [source, round]);
  if (error !== null) return <Stack><Text role="alert">{failureOf(error, t)}</Text><Button variant="default" h={44} onClick={() => setRound((before) => before + 1)}>{t("failed.retry")}</Button></Stack>;
  if (!told.isDone) return <Text role="status"><Loader size="xs" mr="sm" />{t("record.verify.running", { count: told.checked })}</Text>;
  const isWell = told.broken.length === 0;
  return (
    <Stack role="status" gap="sm">
      <Text fw={600} {...(isWell ? {} : { c: "var(--rk-danger)" })}>{t(isWell ? "record.verify.well" : "record.verify.broken", { numbers: told.broken.join(", "), count: told.checked })}</Text>
      {told.erased > 0 && <Text fz="sm">{t("record.verify.erased", { count: told.erased })}</Text>}
      <Text fz="sm">{told.checkpoint === null ? t("record.verify.noCheckpoint") : t("record.verify.checkpoint", { number: told.checkpoint, time: told.ts === null ? "" : exact(told.ts) })}</Text>
      <Text fz="sm" c="dimmed">{t("record.verify.more")}</Text>
    </Stack>
  );
}

async function run(source: Source, signal: AbortSignal, tell: (told: Told) => void): Promise<void> {
  let told = NOTHING;
  let from: number | null = 0;
  while (from !== null && !signal.aborted) {
    const part = await source.verify(from, signal);
    from = part.next_from;
    told = {
      checked: part.checked, erased: told.erased + part.erased, broken: [...told.broken, ...part.broken],
      checkpoint: part.checkpoint ?? told.checkpoint, ts: part.checkpoint_ts ?? told.ts, isDone: from === null,
    };
    if (!signal.aborted) tell(told);
  }
}
