/** The events after which a list of rooms, or a conversation, looks different. */
import { ClientEvent, MatrixEventEvent, RoomEvent, RoomMemberEvent, RoomStateEvent, ThreadEvent, UserEvent } from "matrix-js-sdk";

export const ROOM_EVENTS: readonly string[] = [
  ClientEvent.Room, ClientEvent.DeleteRoom, ClientEvent.AccountData, RoomEvent.Timeline, RoomEvent.Receipt, RoomEvent.UnreadNotifications,
  RoomEvent.MyMembership, RoomEvent.Name, RoomStateEvent.Events, RoomEvent.LocalEchoUpdated, RoomEvent.Tags,
];
export const TIMELINE_EVENTS: readonly string[] = [
  RoomEvent.Timeline, RoomEvent.TimelineReset, RoomEvent.TimelineRefresh, RoomEvent.LocalEchoUpdated, RoomEvent.Redaction, RoomEvent.Receipt,
  RoomEvent.Name, ThreadEvent.New, ThreadEvent.Update, ThreadEvent.NewReply, RoomEvent.CurrentStateUpdated, RoomStateEvent.Members,
  MatrixEventEvent.Replaced, MatrixEventEvent.Decrypted,
];
export const SYNC_EVENTS: readonly string[] = [ClientEvent.Sync];
export const TYPING_EVENTS: readonly string[] = [RoomMemberEvent.Typing];
export const PRESENCE_EVENTS: readonly string[] = [UserEvent.Presence, UserEvent.CurrentlyActive, UserEvent.LastPresenceTs];
