import { Button } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { request } from "../../../api";
import { ActionFailed, useAction } from "../../parts/action";
import { keepFile } from "../../table/csv";

/** All customers of a departure, as the server writes them into a file. */
export function ExportCustomers({ departureId }: { departureId: string }) {
  const { t } = useTranslation();
  const action = useAction("departure_export");
  const save = (): void =>
    void action.run(async () => {
      const answer = await request("GET", `/_roomkeeper/v1/departures/${encodeURIComponent(departureId)}/export`);
      keepFile([await answer.blob()], `departure-${departureId}.csv`, "text/csv;charset=utf-8");
    });
  return (
    <>
      <ActionFailed error={action.error} />
      <Button h={44} variant="default" loading={action.isBusy} leftSection={<IconDownload size={18} />} onClick={save}>{t("handover.exportAll")}</Button>
    </>
  );
}
