import { Button, Menu } from "@mantine/core";
import { IconDotsVertical, IconDownload, IconEraser, IconLock, IconLockOpen, IconPlayerRecord } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Details } from "../../records/types";
import { may, useMe } from "../me";
import { hrefOf } from "../route";
import { EraseDialog } from "./EraseDialog";
import { ExportDialog } from "./ExportDialog";
import { HoldDialog } from "./HoldDialog";
import { SwitchDialog } from "./SwitchDialog";

type Opened = "export" | "hold" | "erase" | "switch" | null;

/** What officers do with a record: export it, keep it, erase it, begin or stop recording. */
export function RecordActions({ details, onChanged }: { details: Details; onChanged: () => void }) {
  const { t } = useTranslation();
  const me = useMe();
  const [opened, setOpened] = useState<Opened>(null);
  const { record } = details;
  const has = (permission: string): boolean => may(me, permission, [...details.departments]) || may(me, permission);
  if (record === null || !["records.export", "records.hold", "records.erase", "records.write"].some(has)) return null;
  const close = (): void => setOpened(null);
  return (
    <>
      {has("records.export") && <Button h={44} variant="default" leftSection={<IconDownload size={18} />} onClick={() => setOpened("export")}>{t("records.export.open")}</Button>}
      <Menu position="bottom-end">
        <Menu.Target><Button h={44} variant="default" px="sm" aria-label={t("records.more")}><IconDotsVertical size={18} aria-hidden /></Button></Menu.Target>
        <Menu.Dropdown>
          {has("records.hold") && !details.on_hold && <Menu.Item mih={44} leftSection={<IconLock size={18} />} onClick={() => setOpened("hold")}>{t("records.hold.lay")}</Menu.Item>}
          {has("records.hold") && details.on_hold && <Menu.Item mih={44} component="a" href={hrefOf("records", null, { view: "holds" })} leftSection={<IconLockOpen size={18} />}>{t("records.hold.toRelease")}</Menu.Item>}
          {has("records.write") && record.kind === "session" && <Menu.Item mih={44} leftSection={<IconPlayerRecord size={18} />} onClick={() => setOpened("switch")}>{t(record.recording === false ? "records.switch.begin" : "records.switch.stop")}</Menu.Item>}
          {has("records.erase") && <Menu.Item mih={44} color="red.8" disabled={details.on_hold} leftSection={<IconEraser size={18} />} onClick={() => setOpened("erase")}>{t(details.on_hold ? "records.erase.held" : "records.erase.open")}</Menu.Item>}
        </Menu.Dropdown>
      </Menu>
      {opened === "export" && <ExportDialog recordIds={[record.record_id]} mayRedacted={details.may_see_redacted} onClose={close} />}
      {opened === "hold" && <HoldDialog what="record" who={record.record_id} onDone={onChanged} onClose={close} />}
      {opened === "erase" && <EraseDialog details={details} onDone={onChanged} onClose={close} />}
      {opened === "switch" && <SwitchDialog record={record} onDone={onChanged} onClose={close} />}
    </>
  );
}
