/** Tells about new messages outside the page, one notice a room, and takes it back when they are read. */
import { ClientEvent, type IRoomTimelineData, type MatrixClient, type MatrixEvent, type Room, RoomEvent, SyncState } from "matrix-js-sdk";
import i18next from "i18next";
import { hrefOf, readPlace } from "../hooks";
import { Changing } from "../parts/changing";
import { nameOf, unreadOf } from "../rooms";
import { senderName, summaryOf } from "../timeline/words";
import { track } from "../track";
import { clockOf, isQuietAt, permission, preferences } from "./preferences";

const ICON = "/app/icon-192.png";

type Options = NotificationOptions & { renotify: boolean };

export class Notifier extends Changing {
  /** Whether somebody missed a message that they would have been told about: the moment to ask. */
  hasMissed = false;

  constructor(private readonly client: MatrixClient) {
    super();
    client.on(RoomEvent.Timeline, this.onTimeline);
    client.on(RoomEvent.Receipt, (_event, room) => void this.takeBack(room));
    client.on(ClientEvent.Sync, (state) => state === SyncState.Syncing && void this.takeBackAll());
  }

  private readonly onTimeline = (event: MatrixEvent, room: Room | undefined, toStart: boolean | undefined, _removed: boolean, data: IRoomTimelineData): void => {
    if (!room || toStart || !data.liveEvent || event.getSender() === this.client.getUserId()) return;
    if (this.client.getSyncState() !== SyncState.Syncing) return;
    void this.consider(event, room);
  };

  private async consider(event: MatrixEvent, room: Room): Promise<void> {
    await this.client.decryptEventIfNeeded(event).catch(() => {});
    if (!this.client.getPushActionsForEvent(event)?.notify || isBeingRead(room)) return;
    if (!preferences.now.isOn && !preferences.now.wasRefused && permission() === "default") {
      this.hasMissed = true;
      this.tell();
    }
    if (!preferences.now.isOn || permission() !== "granted" || isQuietAt(clockOf(new Date()), preferences.now)) return;
    await this.show(event, room);
  }

  private async show(event: MatrixEvent, room: Room): Promise<void> {
    const { t } = i18next;
    const title = nameOf(room);
    const name = senderName(event);
    const words = name === title ? summaryOf(event, t) : `${name}: ${summaryOf(event, t)}`;
    const more = unreadOf(room) - 1;
    const hash = hrefOf({ page: "room", roomId: room.roomId }) + `/event/${encodeURIComponent(event.getId() ?? "")}`;
    const options: Options = {
      body: more > 0 ? `${words}\n${t("notify.more", { count: more })}` : words,
      tag: room.roomId, renotify: true, silent: !preferences.now.hasSound, icon: ICON, badge: ICON, data: { hash }, lang: i18next.language,
    };
    track("notification_show", { room_id: room.roomId });
    const registration = await navigator.serviceWorker?.getRegistration("/app");
    if (registration?.active) return registration.showNotification(title, options);
    const notice = new Notification(title, options);
    notice.onclick = () => {
      window.focus();
      window.location.hash = hash;
      notice.close();
    };
  }

  private async takeBack(room: Room): Promise<void> {
    if (unreadOf(room) > 0) return;
    const registration = await navigator.serviceWorker?.getRegistration("/app");
    for (const notice of (await registration?.getNotifications({ tag: room.roomId })) ?? []) notice.close();
  }

  /** What was read on another device, too. */
  private async takeBackAll(): Promise<void> {
    if (permission() !== "granted") return;
    const registration = await navigator.serviceWorker?.getRegistration("/app");
    for (const notice of (await registration?.getNotifications()) ?? []) {
      const room = this.client.getRoom(notice.tag);
      if (room !== null && unreadOf(room) === 0) notice.close();
    }
  }
}

function isBeingRead(room: Room): boolean {
  const place = readPlace(window.location.hash);
  return document.visibilityState === "visible" && document.hasFocus() && place.page === "room" && place.roomId === room.roomId;
}

const known = new WeakMap<MatrixClient, Notifier>();

export function notifierOf(client: MatrixClient): Notifier {
  let notifier = known.get(client);
  if (notifier === undefined) known.set(client, (notifier = new Notifier(client)));
  return notifier;
}
