import { Alert, Button, Menu } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { request } from "../../../api";
import { track } from "../../../track";
import { failureWords } from "../../failures";
import { useRoute } from "../../route";
import { asked } from "./filters";

const FORMATS = ["csv", "jsonl"] as const;

/** All entries that the filters let through, as a file. */
export function AuditExport() {
  const { t } = useTranslation();
  const { query } = useRoute();
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const save = async (format: (typeof FORMATS)[number]): Promise<void> => {
    setBusy(true);
    setError(null);
    track("audit_export", { format });
    try {
      const answer = await request("GET", "/_roomkeeper/v1/audit/export", { query: { ...asked(query), format } });
      download(await answer.blob(), /filename="([^"]+)"/.exec(answer.headers.get("content-disposition") ?? "")?.[1] ?? `audit.${format}`);
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      {error !== null && <Alert role="alert" color="red" variant="light" p="xs">{failureWords(error, t)}</Alert>}
      <Menu position="bottom-end">
        <Menu.Target><Button variant="default" h={44} loading={isBusy} leftSection={<IconDownload size={18} />}>{t("operations.audit.export")}</Button></Menu.Target>
        <Menu.Dropdown>{FORMATS.map((format) => <Menu.Item key={format} onClick={() => void save(format)}>{t(`operations.audit.${format}`)}</Menu.Item>)}</Menu.Dropdown>
      </Menu>
    </>
  );
}

function download(content: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
