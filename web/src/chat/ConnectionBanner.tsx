import { Button } from "@mantine/core";
import { IconPlugConnectedX } from "@tabler/icons-react";
import { ConnectionError, EventStatus, type MatrixClient, SyncState } from "matrix-js-sdk";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useClient, useVersion } from "../hooks";
import { SYNC_EVENTS } from "./events";

/** Says that the server is out of reach; sends what waited for it when it is back. */
export function ConnectionBanner() {
  const { t } = useTranslation();
  const client = useClient();
  useVersion(client, SYNC_EVENTS);
  const state = client.getSyncState();
  const isAway = state === SyncState.Error || state === SyncState.Reconnecting;
  useEffect(() => {
    if (!isAway) resendAll(client);
  }, [isAway, client]);
  useEffect(() => {
    const retry = (): void => void client.retryImmediately();
    window.addEventListener("online", retry);
    return () => window.removeEventListener("online", retry);
  }, [client]);
  if (!isAway) return null;
  return (
    <div className="banner" role="status">
      <IconPlugConnectedX size={18} aria-hidden />
      {t("connection.away")}
      <Button size="compact-sm" variant="subtle" color="inherit" onClick={() => client.retryImmediately()}>{t("connection.retry")}</Button>
    </div>
  );
}

/** What could not leave because there was no connection leaves now. What the server refused waits for the person. */
function resendAll(client: MatrixClient): void {
  for (const room of client.getVisibleRooms()) {
    for (const event of room.getPendingEvents()) {
      if (event.status === EventStatus.NOT_SENT && (event.error === null || event.error instanceof ConnectionError)) {
        client.resendEvent(event, room).catch(() => {});
      }
    }
  }
}
