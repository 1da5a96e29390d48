import { Button, Group, Modal, Stack, Text, Textarea } from "@mantine/core";
import { type MatrixEvent, Method } from "matrix-js-sdk";
import { type FormEvent, type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { useClient } from "../hooks";
import { useAction } from "../parts/useAction";
import { useReturnFocus } from "../parts/useReturnFocus";
import { senderName, summaryOf } from "../timeline/words";
import { track } from "../track";

/** Tell those who look after the server about somebody. spec: client-server §Reporting Content */
export default function ReportUser({ userId, name, onDone }: { userId: string; name: string; onDone: () => void }) {
  const client = useClient();
  const send = (reason: string): Promise<unknown> => {
    track("report_user");
    return client.http.authedRequest(Method.Post, `/users/${encodeURIComponent(userId)}/report`, undefined, { reason });
  };
  return <ReportForm intro={<b>{name}</b>} send={send} onDone={onDone} />;
}

/** Tell those who look after the server about one message. spec: client-server §Reporting Content */
export function ReportMessage({ event, onClose }: { event: MatrixEvent; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useClient();
  useReturnFocus();
  const send = (reason: string): Promise<unknown> => {
    track("report_message", { room_id: event.getRoomId() ?? "" });
    return client.reportEvent(event.getRoomId() ?? "", event.getId() ?? "", -100, reason);
  };
  return (
    <Modal opened onClose={onClose} title={t("message.report")} closeButtonProps={{ "aria-label": t("close") }}>
      <ReportForm intro={<><b>{senderName(event)}</b> {summaryOf(event, t)}</>} send={send} onDone={onClose} />
    </Modal>
  );
}

type FormProps = { intro: ReactNode; send: (reason: string) => Promise<unknown>; onDone: () => void };

/** What is wrong, in one's own words; then that it has arrived. */
export function ReportForm({ intro, send, onDone }: FormProps) {
  const { t } = useTranslation();
  const [reason, setReason] = useState("");
  const action = useAction();
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    void action.run(() => send(reason.trim()));
  };
  if (action.state === "done") {
    return <Stack><Text role="status">{t("report.done")}</Text><Button onClick={onDone}>{t("close")}</Button></Stack>;
  }
  return (
    <form onSubmit={submit}>
      <Stack>
        <Text fz="sm">{intro}</Text>
        <Textarea label={t("report.why")} description={t("report.whyText")} autosize minRows={3} maxRows={8} required maxLength={2000} size="md" value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
        {action.state === "failed" && <Text role="alert" fz="sm" c="var(--rk-danger)">{t("report.failed")}</Text>}
        <Group>
          <Button type="submit" color="red.8" loading={action.state === "busy"} disabled={reason.trim() === ""}>{t("report.send")}</Button>
          <Button variant="default" onClick={onDone}>{t("sure.no")}</Button>
        </Group>
      </Stack>
    </form>
  );
}
