import { Alert, Button, Group, Modal, Stack, Text, Textarea } from "@mantine/core";
import { MatrixError, Method } from "matrix-js-sdk";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useClient } from "../hooks";
import { useReturnFocus } from "../parts/useReturnFocus";
import { track } from "../track";
import { SCREENING_PREFIX } from "./screening";

const MOST = 2000;

/** What somebody has to say against a refusal. */
export default function AppealDialog({ find, onClose }: { find: () => Promise<string | null>; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useClient();
  useReturnFocus();
  const [text, setText] = useState("");
  const [state, setState] = useState<"writing" | "sending" | "failed" | "cannot">("writing");
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setState("sending");
    track("screening_appeal");
    try {
      const caseId = await find();
      if (caseId === null) return setState("cannot");
      await client.http.authedRequest(Method.Post, `/screening/mine/${encodeURIComponent(caseId)}/appeal`, undefined, { text: text.trim() }, { prefix: SCREENING_PREFIX });
      onClose();
    } catch (failure) {
      setState(failure instanceof MatrixError && failure.httpStatus === 403 ? "cannot" : "failed");
    }
  };
  return (
    <Modal opened onClose={onClose} title={t("appeal.title")} closeButtonProps={{ "aria-label": t("close") }}>
      <form onSubmit={submit}>
        <Stack>
          <Text fz="sm">{t("appeal.text")}</Text>
          <Textarea data-autofocus label={t("appeal.words")} required maxLength={MOST} autosize minRows={3} maxRows={8} size="md" value={text} onChange={(event) => setText(event.currentTarget.value)} />
          {(state === "failed" || state === "cannot") && <Alert role="alert" color="orange" variant="light">{t(`appeal.${state}`)}</Alert>}
          <Group justify="flex-end">
            <Button variant="default" mih={44} onClick={onClose}>{t("cancel")}</Button>
            <Button type="submit" mih={44} loading={state === "sending"} disabled={text.trim() === "" || state === "cannot"}>{t("appeal.send")}</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
