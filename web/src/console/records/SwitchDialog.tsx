import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { call } from "../../api";
import type { RecordInfo } from "../../records/types";
import { useAction } from "../parts/action";
import { Confirm } from "../parts/Confirm";

/** Begin or stop recording a session: everybody in it sees that. */
export function SwitchDialog({ record, onDone, onClose }: { record: RecordInfo; onDone: () => void; onClose: () => void }) {
  const { t } = useTranslation();
  const action = useAction("record_switch");
  const way = record.recording === false ? "begin" : "stop";
  const go = async (): Promise<void> => {
    const body = { recorded: way === "begin" };
    if (await action.run(async () => void (await call("PUT", `/records/${encodeURIComponent(record.record_id)}/recording`, { body })))) { onDone(); onClose(); }
  };
  return (
    <Confirm opened title={t(`records.switch.${way}`)} label={t(`records.switch.${way}`)} action={action} isDanger={way === "stop"} onConfirm={() => void go()} onClose={onClose}>
      <Text fz="sm">{t(`records.switch.${way}Text`)}</Text>
    </Confirm>
  );
}
