import { Alert } from "@mantine/core";
import { IconPlugConnectedX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { failureWords } from "../failures";

/** What is shown is old, since the server cannot be asked; it is asked again by itself. */
export function Stale({ error }: { error: unknown }) {
  const { t } = useTranslation();
  if (error === null) return null;
  return <Alert role="status" color="yellow" variant="light" icon={<IconPlugConnectedX />} title={t("operations.stale")}>{failureWords(error, t)}</Alert>;
}
