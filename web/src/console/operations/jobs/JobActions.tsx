import { ActionIcon, Alert, Button, Group, Modal, Stack, Text, Tooltip } from "@mantine/core";
import { IconPlayerPause, IconPlayerPlay, IconX } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../../api";
import { track } from "../../../track";
import { failureWords } from "../../failures";
import { may, useMe } from "../../me";
import type { Job, JobState } from "../types";
import { useJobName } from "./JobProgress";

type Action = "pause" | "resume" | "cancel";
const POSSIBLE: Readonly<Record<Action, readonly JobState[]>> = { pause: ["queued", "running"], resume: ["paused", "failed"], cancel: ["queued", "running", "paused"] };
const ICONS = { pause: IconPlayerPause, resume: IconPlayerPlay, cancel: IconX };
const ACTIONS: readonly Action[] = ["pause", "resume", "cancel"];

/** Pause, resume, cancel: each says first what it does. */
export function JobActions({ job }: { job: Job }) {
  const { t } = useTranslation();
  const me = useMe();
  const nameOf = useJobName();
  const [asked, setAsked] = useState<Action | null>(null);
  if (!may(me, "jobs.write")) return null;
  return (
    <Group gap={4} wrap="nowrap" justify="flex-end">
      {ACTIONS.filter((action) => POSSIBLE[action].includes(job.state)).map((action) => {
        const Icon = ICONS[action];
        const label = t(`operations.jobAction.${action}.label`, { name: nameOf(job) });
        return (
          <Tooltip key={action} label={t(`operations.jobAction.${action}.short`)}>
            <ActionIcon size={44} variant="subtle" color={action === "cancel" ? "red" : "gray"} aria-label={label} onClick={() => setAsked(action)}><Icon size={20} /></ActionIcon>
          </Tooltip>
        );
      })}
      <Confirmation job={job} action={asked} onClose={() => setAsked(null)} />
    </Group>
  );
}

function Confirmation({ job, action, onClose }: { job: Job; action: Action | null; onClose: () => void }) {
  const { t } = useTranslation();
  const nameOf = useJobName();
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const act = async (chosen: Action): Promise<void> => {
    setBusy(true);
    setError(null);
    track("job_action", { action: chosen, job: job.name });
    try {
      await call("POST", `/jobs/${encodeURIComponent(job.job_id)}/${chosen}`, { body: {} });
      onClose();
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  const shown = action ?? "pause";
  return (
    <Modal opened={action !== null} onClose={onClose} title={t(`operations.jobAction.${shown}.label`, { name: nameOf(job) })} closeButtonProps={{ "aria-label": t("close"), size: 44 }}>
      <Stack>
        <Text>{t(`operations.jobAction.${shown}.text`)}</Text>
        {error !== null && <Alert role="alert" color="red" variant="light">{failureWords(error, t)}</Alert>}
        <Group justify="flex-end">
          <Button variant="default" h={44} onClick={onClose}>{t("operations.back")}</Button>
          <Button h={44} loading={isBusy} {...(shown === "cancel" ? { color: "red.8" } : {})} onClick={() => void act(shown)}>{t(`operations.jobAction.${shown}.short`)}</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
