import { Button, Paper, Text } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useVersion } from "../hooks";
import { CHANGED } from "../parts/changing";
import { appVersion } from "./version";
import { takeLaunched } from "../share/launched";

let hasStarted = false;

/** Says that there is a new version, and changes to it when asked. */
export function NewVersion() {
  const { t } = useTranslation();
  useVersion(appVersion, CHANGED);
  useEffect(() => {
    if (hasStarted) return;
    hasStarted = true;
    void appVersion.start();
    takeLaunched();
  }, []);
  if (!appVersion.isNew) return null;
  return (
    <Paper className="new-version" withBorder shadow="md" role="status">
      <Text fz="sm">{t("version.new")}</Text>
      <Button size="sm" mih={44} leftSection={<IconRefresh size={18} />} onClick={() => appVersion.use()}>{t("version.reload")}</Button>
    </Paper>
  );
}
