import { Button, Group, Modal, NumberInput, SegmentedControl, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../../api";
import { ActionFailed, useAction } from "../../parts/action";
import { CopyText } from "../../parts/CopyText";
import type { Side } from "../types";

/** A new key, which is shown this once. */
export function NewKey({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const action = useAction("repair_key_make");
  const [name, setName] = useState("");
  const [side, setSide] = useState<Side>("client");
  const [rate, setRate] = useState<number | string>(1000);
  const [made, setMade] = useState<string | null>(null);
  const close = (): void => {
    setMade(null);
    setName("");
    action.clear();
    onClose();
  };
  const make = (): void => void action.run(async () => {
    const body = { name: name.trim(), side, per_second: Number(rate) || null };
    setMade((await call<{ write_key: string }>("POST", "/repair/keys", { body })).write_key);
  });
  const sides = (["client", "server"] as const).map((value) => ({ value, label: t(`repairDesk.side.${value}`) }));
  return (
    <Modal opened={opened} onClose={close} title={t("repairDesk.key.make")} closeButtonProps={{ "aria-label": t("close") }}>
      {made !== null ? (
        <Stack><Text fz="sm">{t("repairDesk.key.once")}</Text><CopyText label={t("repairDesk.key.key")} text={made} /><Group justify="flex-end"><Button h={44} onClick={close}>{t("repairDesk.key.done")}</Button></Group></Stack>
      ) : (
        <Stack>
          <TextInput size="md" required maxLength={100} label={t("repairDesk.key.name")} description={t("repairDesk.key.nameText")} value={name} onChange={(event) => setName(event.currentTarget.value)} />
          <div><Text fz="sm" fw={500}>{t("repairDesk.plan.side")}</Text><SegmentedControl fullWidth aria-label={t("repairDesk.plan.side")} data={sides} value={side} onChange={(value) => setSide(value as Side)} /></div>
          <NumberInput size="md" label={t("repairDesk.key.rate")} min={1} max={1_000_000} value={rate} onChange={setRate} />
          <ActionFailed error={action.error} />
          <Group justify="flex-end"><Button variant="default" h={44} onClick={close}>{t("console.cancel")}</Button><Button h={44} loading={action.isBusy} disabled={name.trim() === ""} onClick={make}>{t("repairDesk.key.make")}</Button></Group>
        </Stack>
      )}
    </Modal>
  );
}
