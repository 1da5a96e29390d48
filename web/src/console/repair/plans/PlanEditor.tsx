import { Button, Group, JsonInput, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../../api";
import { failureWords } from "../../failures";
import { ActionFailed, useAction } from "../../parts/action";
import type { Kind, Problem } from "../types";
import { Problems } from "./Problems";

const LINT_MS = 400;

type Props = { plan: Kind; isNew: boolean; onClose: () => void; onSaved: () => void };
type Linted = { plan: Kind | null; problems: Problem[]; failure: string | null };

/** A plan as text, with what is wrong with it as one writes; a reason, and it is in force as a new version. */
export function PlanEditor({ plan, isNew, onClose, onSaved }: Props) {
  const { t } = useTranslation();
  const action = useAction("repair_plan_save");
  const [text, setText] = useState(() => JSON.stringify(plan, null, 2));
  const [reason, setReason] = useState("");
  const linted = useLint(text);
  const isGood = linted !== null && linted.plan !== null && linted.problems.every((one) => one.severity !== "error");
  const save = (): void => void action.run(async () => {
    if (linted?.plan) await call("PUT", `/repair/plans/${encodeURIComponent(linted.plan.kind)}`, { body: { plan: linted.plan, reason: reason.trim() } });
  }).then((isDone) => isDone && onSaved());
  return (
    <Modal opened onClose={onClose} size="xl" title={t(isNew ? "repairDesk.plan.teach" : "repairDesk.plan.edit")} closeButtonProps={{ "aria-label": t("close") }}>
      <Stack>
        <Text fz="sm" c="dimmed">{t("repairDesk.plan.editText")}</Text>
        <JsonInput label={t("repairDesk.plan.text")} value={text} onChange={setText} autosize minRows={12} maxRows={24} styles={{ input: { fontFamily: "monospace", fontSize: 13 } }} spellCheck={false} />
        <div role="status">
          {linted?.failure && <Text fz="sm" c="var(--rk-danger)">{linted.failure}</Text>}
          {linted && !linted.failure && (linted.problems.length > 0 ? <Problems problems={linted.problems} /> : <Text fz="sm">{t("repairDesk.plan.clean")}</Text>)}
        </div>
        <TextInput size="md" required maxLength={500} label={t("repairDesk.plan.reason")} value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
        <ActionFailed error={action.error} />
        <Group justify="flex-end">
          <Button variant="default" h={44} onClick={onClose}>{t("console.cancel")}</Button>
          <Button h={44} loading={action.isBusy} disabled={!isGood || reason.trim() === ""} onClick={save}>{t("repairDesk.plan.save")}</Button>
        </Group>
      </Stack>
    </Modal>
  );
}

/** What the server says of the text, a moment after the last change; null: it is being asked. */
function useLint(text: string): Linted | null {
  const { t } = useTranslation();
  const [linted, setLinted] = useState<Linted | null>(null);
  useEffect(() => {
    const stop = new AbortController();
    setLinted(null);
    const timer = setTimeout(() => {
      let plan: unknown;
      try {
        plan = JSON.parse(text);
      } catch (error) {
        return setLinted({ plan: null, problems: [], failure: t("repairDesk.plan.notJson", { why: (error as Error).message }) });
      }
      call<{ plan: Kind; problems: Problem[] }>("POST", "/repair/lint", { body: { plan }, signal: stop.signal }).then(
        (answer) => !stop.signal.aborted && setLinted({ ...answer, failure: null }),
        (error: unknown) => !stop.signal.aborted && setLinted({ plan: null, problems: [], failure: failureWords(error, t) }),
      );
    }, LINT_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [text]);
  return linted;
}
